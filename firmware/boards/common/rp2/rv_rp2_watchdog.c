/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The watchdog of RP2040 and RP2350 (datasheets, Watchdog; PSM for what it resets): 24 bits of its microseconds.
 * The boot ROM uses it to restart after a download, so a scratch word says that it was this image's.
 */
#include "ranvier/board.h"
#include "rv_at.h"
#include "rv_chip.h"
#include "rv_map.h"

#define RV_WATCHDOG_CTRL RV_AT(RV_WATCHDOG_AT + 0x00U)
#define RV_WATCHDOG_LOAD RV_AT(RV_WATCHDOG_AT + 0x04U)
#define RV_WATCHDOG_REASON RV_AT(RV_WATCHDOG_AT + 0x08U)
#define RV_WATCHDOG_SCRATCH RV_AT(RV_WATCHDOG_AT + 0x0CU) /* outlives a reset */
#define RV_CTRL_OFF 0x07000000U /* pauses while a debugger has halted a core */
#define RV_CTRL_ON 0x47000000U
#define RV_REASON_TIMER 1U
#define RV_LOAD_MAX 0xFFFFFFU
#define RV_OURS 0x57A7C4D6U
#define RV_PSM_WDSEL RV_AT(RV_PSM_AT + 0x08U)
#define RV_TICKS_A_US (RV_TICK_HZ / 1000000U)

static uint32_t load;

/* On the Pico 8.4 s at most: still twice the longest period, RV_LIVE_LONGEST, that can be asked for. */
void rv_board_watchdog_start(uint32_t ticks)
{
    const uint32_t us = (ticks / RV_TICKS_A_US + 1U) * RV_WATCHDOG_A_US;

    load = (us < RV_LOAD_MAX) ? us : RV_LOAD_MAX;
    RV_WATCHDOG_CTRL = RV_CTRL_OFF;
    RV_WATCHDOG_SCRATCH = RV_OURS;
    RV_PSM_WDSEL = RV_PSM_ALL_BUT_CLOCKS;
    RV_WATCHDOG_LOAD = load;
    RV_WATCHDOG_CTRL = RV_CTRL_ON;
}

void rv_board_watchdog_kick(void)
{
    RV_WATCHDOG_LOAD = load;
}

bool rv_chip_was_bitten(void)
{
    const bool was_ours = RV_WATCHDOG_SCRATCH == RV_OURS;

    RV_WATCHDOG_SCRATCH = 0U;
    return was_ours && ((RV_WATCHDOG_REASON & RV_REASON_TIMER) != 0U);
}

uint32_t rv_chip_nap(uint32_t until)
{
    return until;
}
