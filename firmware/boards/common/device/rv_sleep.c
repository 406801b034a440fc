/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for the next tick or byte, asleep. */
#include "ranvier/board.h"
#include "rv_chip.h"
#include "rv_core.h"
#include "rv_map.h"
#include "rv_nvic.h"
#include "rv_serial.h"

#define RV_PAST 0x80000000U /* differences of the counter from it on: not to come */

bool rv_board_can_wait(void)
{
    return true;
}

/*
 * The alarm is set before the counter is looked at: one that was reached by then is not slept for.
 * Its interrupt is enabled only in here, where all are masked: it ends the sleep, no handler takes it.
 */
static uint32_t rv_doze(uint32_t until)
{
    uint32_t n_sleeps = 0U;
    uint32_t left;

    rv_core_mask();
    rv_chip_wake_at(until);
    RV_NVIC_FORGET(RV_WAKE_IRQ) = RV_NVIC_BIT(RV_WAKE_IRQ);
    RV_NVIC_ENABLE(RV_WAKE_IRQ) = RV_NVIC_BIT(RV_WAKE_IRQ);
    left = until - rv_board_ticks();
    if (!rv_serial_full() && (left >= RV_WAKE_SHORTEST) && (left < RV_PAST)) {
        rv_core_sleep();
        n_sleeps = 1U;
    }
    RV_NVIC_DISABLE(RV_WAKE_IRQ) = RV_NVIC_BIT(RV_WAKE_IRQ);
    rv_chip_wake_off();
    rv_core_sync();
    RV_NVIC_FORGET(RV_WAKE_IRQ) = RV_NVIC_BIT(RV_WAKE_IRQ);
    rv_core_unmask();
    return n_sleeps;
}

bool rv_board_wait(uint32_t until, uint32_t *sleeps)
{
    uint32_t left = until - rv_board_ticks();

    while (!rv_serial_full() && (left != 0U) && (left < RV_PAST)) {
        *sleeps += rv_doze(rv_chip_nap(until));
        left = until - rv_board_ticks();
    }
    return rv_serial_full();
}
