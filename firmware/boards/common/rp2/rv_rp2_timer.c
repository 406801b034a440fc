/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The timer as the clock of ticks and steps, which counts while the core sleeps (RP2040 and RP2350 datasheets, Timer):
 * the lower half of it, and alarm 0, which compares as many bits.
 */
#include "rv_rp2.h"

#include "ranvier/board.h"
#include "rv_at.h"
#include "rv_chip.h"
#include "rv_map.h"

#define RV_TIMER_ALARM RV_AT(RV_TIMER_AT + 0x10U) /* writing it arms the alarm */
#define RV_TIMER_ARMED RV_AT(RV_TIMER_AT + 0x20U) /* ones disarm */
#define RV_TIMER_NOW RV_AT(RV_TIMER_AT + 0x28U)
#define RV_TIMER_INTR RV_AT(RV_TIMER_INTR_AT) /* ones clear */
#define RV_TIMER_INTE RV_AT(RV_TIMER_INTR_AT + 4U)
#define RV_ALARM_0 1U

/* A multiple of 2^32 stays one: the product wraps where the counter does. */
uint32_t rv_board_ticks(void)
{
    return RV_TIMER_NOW * RV_TICKS_EACH;
}

/* Up to one more than enough: `until` may lie between two of what the timer counts. */
void rv_chip_wake_at(uint32_t until)
{
    const uint32_t now = RV_TIMER_NOW;
    const uint32_t left = until - now * RV_TICKS_EACH;

    RV_TIMER_INTR = RV_ALARM_0;
    RV_TIMER_INTE = RV_ALARM_0;
    RV_TIMER_ALARM = now + (left + RV_TICKS_EACH - 1U) / RV_TICKS_EACH;
}

void rv_chip_wake_off(void)
{
    RV_TIMER_ARMED = RV_ALARM_0;
    RV_TIMER_INTR = RV_ALARM_0;
}
