/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Raspberry Pi Pico: 125 MHz, UART 0 on GPIO 0 and 1. Its timer counts microseconds, which the watchdog's tick
 * makes of the crystal (RP2040 Datasheet, Timer and Watchdog): steps are timed to 125 cycles.
 */
#include "ranvier/board.h"

#include "rv_at.h"
#include "rv_device.h"
#include "rv_map.h"
#include "rv_rp2.h"

#define RV_WATCHDOG_TICK RV_AT(RV_WATCHDOG_AT + 0x2CU)
#define RV_TICK_EACH_MICROSECOND ((1U << 9) | 12U) /* cycles of the crystal */

_Static_assert(RV_TICK_HZ == RV_TICKS_EACH * 1000000U, "a tick is a cycle, 125 a microsecond");

void rv_board_init(void)
{
    rv_device_init();
    rv_rp2_start();
    RV_WATCHDOG_TICK = RV_TICK_EACH_MICROSECOND;
    rv_rp2_release(RV_RESET_TIMER);
    rv_device_start();
}
