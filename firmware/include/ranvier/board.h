/* SPDX-License-Identifier: Apache-2.0 */
/* What a board implements so that main() can serve the link on it. */
#ifndef RANVIER_BOARD_H
#define RANVIER_BOARD_H

#include <stdbool.h>
#include <stdint.h>

/* Exit code when rv_link_init refuses the network: larger than this build's frames. */
#define RV_EXIT_NO_LINK 98U
/* Exit code after a fault report. */
#define RV_EXIT_FAULT 99U

/* Clocks, the serial port, the tick counter: all that the calls below need. */
void rv_board_init(void);

/* Wait for the next byte from the host. May sleep; must not lose bytes. */
uint8_t rv_board_getc(void);

/* Send one byte to the host; waits while the port is busy. */
void rv_board_putc(uint8_t byte);

/* Counts up and wraps at 2^32; read before and after each step. May stand still in getc. */
uint32_t rv_board_ticks(void);

/* How many ticks a second. */
uint32_t rv_board_tick_hz(void);

/* Whether rv_board_exit ends the program: an emulator can, a device on a desk cannot. */
bool rv_board_has_exit(void);

/* End the program with `code` once all sent bytes have left. Waits for ever where it cannot. */
_Noreturn void rv_board_exit(uint8_t code);

/* Report one line on a channel that works when nothing else does, then stop. */
_Noreturn void rv_board_panic(const char *line);

/*
 * What follows has a weak default that does nothing and says so: src/rv_board_default.c.
 */

/* Why a device gives no answers. */
typedef enum {
    RV_CAUSE_NONE = 0,
    RV_CAUSE_IMAGE = 1, /* code or constants are not those that were built */
    RV_CAUSE_STEP = 2, /* the run before this one ended within a step: its watchdog, or a reset */
    RV_CAUSE_FAULT = 3 /* a fault of the core, just now */
} rv_cause_t;

/* Whether code and constants are those that were built. The default says yes. */
bool rv_board_image_is_whole(void);

/* From start to stop a step runs: one that takes too long is ended, by a fault or a reset. The
 * default never ends it. */
void rv_board_watchdog_start(void);
void rv_board_watchdog_stop(void);

/* Keep a word that a reset leaves alone, and read it. The default forgets it: 0. */
void rv_board_note(uint32_t word);
uint32_t rv_board_noted(void);

/*
 * Put whatever the answer drives into the state in which nothing can happen. Called before a device
 * without answers serves the link, and by the fault handler: short, and without waiting.
 */
void rv_board_safe_output(rv_cause_t cause);

/*
 * Bounds of the stack, from the linker script; it grows down from top to bottom. The startup
 * code fills it with RV_STACK_PAINT, so what was never used can be told later.
 */
extern uint32_t rv_stack_bottom[];
extern uint32_t rv_stack_top[];

#define RV_STACK_PAINT 0xC0DE57ACU

#endif
