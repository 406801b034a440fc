/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a family of chips gives so that common/device makes a board of it, besides rv_board_putc,
 * rv_board_ticks and the watchdog of ranvier/board.h. The board's rv_map.h has the numbers:
 * RV_SERIAL_IRQ and RV_WAKE_IRQ in the NVIC, and RV_WAKE_SHORTEST, in ticks, below which an alarm may
 * pass before it is set.
 */
#ifndef RV_CHIP_H
#define RV_CHIP_H

#include <stdbool.h>
#include <stdint.h>

/* Make the safe pin an output that is at `high` from the start. Called before clocks are set up. */
void rv_chip_pin_open(bool high);
void rv_chip_pin_drive(bool high);

/* Take a byte that was received, and let its interrupt go; false where there is none. */
bool rv_chip_take(uint8_t *byte);

/* Raise RV_WAKE_IRQ once the counter of rv_board_ticks has reached `until`; and no more. */
void rv_chip_wake_at(uint32_t until);
void rv_chip_wake_off(void);

/* Until when to sleep at most, on the way to `until`: for a watchdog that cannot be set again. */
uint32_t rv_chip_nap(uint32_t until);

/* Whether the watchdog caused the last reset; asked once. False where a chip cannot tell. */
bool rv_chip_was_bitten(void);

#endif
