/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Raspberry Pi Pico: 125 MHz, UART 0 on GPIO 0 and 1. Its Cortex-M0+ has no cycle counter: SysTick
 * (Armv6-M ARM, B3.3) counts cycles in 24 bits, and the timer, which the
 * watchdog's tick drives (RP2040 Datasheet, Timer and Watchdog), tells of steps so long that it wrapped.
 */
#include "ranvier/board.h"

#include "rv_device.h"
#include "rv_rp2.h"
#include "rv_rp2_map.h"

#define RV_AT(address) (*(volatile uint32_t *)(address))

#define RV_SYSTICK_CTRL RV_AT(0xE000E010U)
#define RV_SYSTICK_RELOAD RV_AT(0xE000E014U)
#define RV_SYSTICK_VALUE RV_AT(0xE000E018U) /* counts down */
#define RV_SYSTICK_ON_CORE_CLOCK 5U
#define RV_SYSTICK_MASK 0xFFFFFFU

#define RV_WATCHDOG_TICK RV_AT(0x4005802CU)
#define RV_TICK_EACH_MICROSECOND ((1UL << 9) | 12UL) /* cycles of the crystal */
#define RV_TIMER_US RV_AT(0x40054028U)
#define RV_CYCLES_PER_US (RV_CLOCK_HZ / 1000000U)
#define RV_SYSTICK_SURE_US 100000U /* it wraps after 134 ms */

void rv_board_init(void)
{
    rv_device_init();
    rv_rp2_start();
    RV_WATCHDOG_TICK = RV_TICK_EACH_MICROSECOND;
    RV_AT(RV_RESETS_AT + 0x3000U) = RV_RESET_TIMER;
    while ((RV_AT(RV_RESETS_AT + 8U) & RV_RESET_TIMER) == 0U) {
    }
    RV_SYSTICK_RELOAD = RV_SYSTICK_MASK;
    RV_SYSTICK_VALUE = 0U;
    RV_SYSTICK_CTRL = RV_SYSTICK_ON_CORE_CLOCK;
}

uint32_t rv_board_ticks(void)
{
    static uint32_t ticks;
    static uint32_t last_us;
    static uint32_t last_cycle;
    const uint32_t us = RV_TIMER_US;
    const uint32_t cycle = ~RV_SYSTICK_VALUE;
    const uint32_t passed_us = us - last_us;

    if (passed_us < RV_SYSTICK_SURE_US) {
        ticks += (cycle - last_cycle) & RV_SYSTICK_MASK;
    } else {
        ticks += passed_us * RV_CYCLES_PER_US;
    }
    last_us = us;
    last_cycle = cycle;
    return ticks;
}

uint32_t rv_board_tick_hz(void)
{
    return RV_CLOCK_HZ;
}
