/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A timer as the clock of ticks and steps, which counts while the core sleeps (nRF52840 and nRF54L15 SVD, TIMER):
 * CC[0] is what was captured, CC[1] the alarm.
 */
#include "rv_nrf_timer.h"

#include "ranvier/board.h"
#include "rv_at.h"
#include "rv_chip.h"
#include "rv_map.h"

#define RV_TIMER_START RV_AT(RV_TIMER_AT + 0x000U)
#define RV_TIMER_CAPTURE RV_AT(RV_TIMER_AT + 0x040U)
#define RV_TIMER_REACHED RV_AT(RV_TIMER_AT + 0x144U)
#define RV_TIMER_INTENSET RV_AT(RV_TIMER_AT + 0x304U)
#define RV_TIMER_BITMODE RV_AT(RV_TIMER_AT + 0x508U)
#define RV_TIMER_PRESCALER RV_AT(RV_TIMER_AT + 0x510U)
#define RV_TIMER_CC RV_AT(RV_TIMER_AT + 0x540U)
#define RV_TIMER_ALARM RV_AT(RV_TIMER_AT + 0x544U)
#define RV_TIMER_REACHED_TELLS (1U << 17)
#define RV_TIMER_32_BITS 3U

void rv_nrf_timer_start(void)
{
    RV_TIMER_BITMODE = RV_TIMER_32_BITS;
    RV_TIMER_PRESCALER = 0U;
    RV_TIMER_INTENSET = RV_TIMER_REACHED_TELLS;
    RV_TIMER_START = 1U;
}

uint32_t rv_board_ticks(void)
{
    RV_TIMER_CAPTURE = 1U;
    return RV_TIMER_CC;
}

void rv_chip_wake_at(uint32_t until)
{
    RV_TIMER_REACHED = 0U;
    RV_TIMER_ALARM = until;
}

void rv_chip_wake_off(void)
{
    RV_TIMER_REACHED = 0U;
}
