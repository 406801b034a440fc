/* SPDX-License-Identifier: Apache-2.0 */
/* What a place implements so that the link can be served there: main() is what a board does with it. */
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

/* How many ticks a second; 0 where there is no counter. */
uint32_t rv_board_tick_hz(void);

/* Report one line on a channel that works when nothing else does, then stop. */
_Noreturn void rv_board_panic(const char *line);

/*
 * What follows has a weak default that does nothing and says so: src/rv_board_default.c.
 */

/* Whether rv_board_exit ends the program: an emulator can, a device on a desk cannot. */
bool rv_board_has_exit(void);

/* End the program with `code` once all sent bytes have left. Waits for ever where it cannot. */
_Noreturn void rv_board_exit(uint8_t code);

/* Bytes of the stack, and of it those that were ever used; 0 where that is not known. */
uint32_t rv_board_stack_size(void);
uint32_t rv_board_stack_used(void);

/* Why a device gives no answers. */
typedef enum {
    RV_CAUSE_NONE = 0,
    RV_CAUSE_IMAGE = 1, /* code or constants are not those that were built */
    RV_CAUSE_STEP = 2, /* the run before this one ended by its watchdog, or within a step */
    RV_CAUSE_FAULT = 3 /* a fault of the core, just now */
} rv_cause_t;

/* Whether code and constants are those that were built. The default says yes. */
bool rv_board_image_is_whole(void);

/* From start to stop a step runs: one that takes too long is ended, by a fault or a reset. The
 * default never ends it. */
void rv_board_deadline_start(void);
void rv_board_deadline_stop(void);

/*
 * What running free needs (ranvier/live.h). Whether a board can: the default says no.
 *
 * rv_board_wait sleeps until a byte from the host is there, and returns true, or until the counter
 * of rv_board_ticks reaches `until`, less than 2^31 ahead, and returns false. The counter runs on
 * meanwhile. Each time that the core was sent to sleep is added to *sleeps.
 */
bool rv_board_can_wait(void);
bool rv_board_wait(uint32_t until, uint32_t *sleeps);

/*
 * A watchdog outside the core: once started, a board that does not kick it within `ticks` of
 * rv_board_ticks is put into its safe output or reset. Nothing stops it. The default has none.
 */
bool rv_board_has_watchdog(void);
void rv_board_watchdog_start(uint32_t ticks);
void rv_board_watchdog_kick(void);

/*
 * A sensor on the board. rv_board_sample is called at each tick, writes one step's samples in the
 * network's input type, and returns false where there are none. With a source, a board runs free
 * from its start. The default has none.
 */
bool rv_board_has_source(void);
bool rv_board_sample(void *raw, uint32_t bytes);

/* Where the answers go besides the link: a class, or RV_NO_DECISION. The default drops them. */
void rv_board_answer(uint16_t decoded);

/* Noted while a step runs: no word that memory wakes up with. */
#define RV_NOTE_STEP 0x57E950F7U

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
