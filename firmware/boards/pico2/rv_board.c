/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Raspberry Pi Pico 2, on its first Arm core, secure as the boot ROM starts it: 150 MHz, UART 0 on GPIO 0 and
 * 1. The flash is read as the boot ROM left it. The timer counts cycles; the watchdog's microseconds are of the
 * crystal (RP2350 Datasheet, Timers: SOURCE; Tick Generators).
 */
#include "ranvier/board.h"

#include "rv_at.h"
#include "rv_device.h"
#include "rv_map.h"
#include "rv_rp2.h"

#define RV_TICKS_WATCHDOG_CTRL RV_AT(0x40108030U)
#define RV_TICKS_WATCHDOG_CYCLES RV_AT(0x40108034U)
#define RV_CRYSTAL_CYCLES_A_US 12U
#define RV_TIMER_SOURCE RV_AT(RV_TIMER_AT + 0x38U)
#define RV_SOURCE_CLK_SYS 1U

void rv_board_init(void)
{
    rv_device_init();
    rv_rp2_start();
    RV_TICKS_WATCHDOG_CYCLES = RV_CRYSTAL_CYCLES_A_US;
    RV_TICKS_WATCHDOG_CTRL = 1U;
    rv_rp2_release(RV_RESET_TIMER);
    RV_TIMER_SOURCE = RV_SOURCE_CLK_SYS;
    rv_device_start();
}
