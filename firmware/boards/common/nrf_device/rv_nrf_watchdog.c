/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The watchdog of Nordic's chips (nRF52840 and nRF54L15 SVD, WDT, RESETREAS; product specification, WDT): 32768 Hz,
 * CRV + 1 periods until it resets. Nothing stops or changes it once it runs; a reset of the core alone
 * does not either.
 */
#include "ranvier/board.h"
#include "rv_at.h"
#include "rv_chip.h"
#include "rv_map.h"

#define RV_WDT_START RV_AT(RV_WATCHDOG_AT + 0x000U)
#define RV_WDT_RUNSTATUS RV_AT(RV_WATCHDOG_AT + 0x400U)
#define RV_WDT_CRV RV_AT(RV_WATCHDOG_AT + 0x504U)
#define RV_WDT_RREN RV_AT(RV_WATCHDOG_AT + 0x508U)
#define RV_WDT_CONFIG RV_AT(RV_WATCHDOG_AT + 0x50CU)
#define RV_WDT_RR RV_AT(RV_WATCHDOG_AT + 0x600U)
#define RV_WDT_RR0 1U
#define RV_WDT_IN_SLEEP 1U /* and not while a debugger has halted the core */
#define RV_WDT_RELOAD 0x6E524635U
#define RV_RESETREAS RV_AT(RV_RESETREAS_AT)
#define RV_RESETREAS_PIN 1U
#define RV_RESETREAS_ALL 0xFFFFFFFFU

/* 32768 / 16000000 is 32 / 15625. */
#define RV_TICKS 15625U
#define RV_PERIODS 32U

static uint32_t limit;  /* ticks until it bites, somewhat fewer than that */
static uint32_t asked;
static uint32_t kicked; /* when */

_Static_assert(RV_TICK_HZ == 16000000U, "see above");

void rv_board_watchdog_start(uint32_t ticks)
{
    if (RV_WDT_RUNSTATUS == 0U) {
        RV_WDT_CONFIG = RV_WDT_IN_SLEEP;
        RV_WDT_CRV = (ticks / RV_TICKS + 1U) * RV_PERIODS - 1U;
        RV_WDT_RREN = RV_WDT_RR0;
        RV_WDT_START = 1U;
    }
    limit = RV_WDT_CRV / RV_PERIODS * RV_TICKS;
    asked = ticks;
    rv_board_watchdog_kick();
}

void rv_board_watchdog_kick(void)
{
    kicked = rv_board_ticks();
    RV_WDT_RR = RV_WDT_RELOAD;
}

/*
 * Where it was set to less than is asked for now, one that waits kicks it on its way, but only until it
 * should have done so for good.
 */
uint32_t rv_chip_nap(uint32_t until)
{
    const uint32_t now = rv_board_ticks();
    const uint32_t nap = limit / 2U;
    const bool is_cut = (asked > limit) && (until - now > nap);

    if (is_cut && (now - kicked < asked)) {
        RV_WDT_RR = RV_WDT_RELOAD;
    }
    return is_cut ? now + nap : until;
}

/*
 * Where the reset pin is among the reasons, others mean nothing (nRF52840, erratum 136; nRF54L15, nrfx MDK,
 * system_nrf54l.c). The bits stay until ones are written to them: all go, or a pin pressed once would hide
 * every bite that comes after it.
 */
bool rv_chip_was_bitten(void)
{
    const uint32_t reasons = RV_RESETREAS;

    RV_RESETREAS = RV_RESETREAS_ALL;
    return ((reasons & RV_RESETREAS_PIN) == 0U) && ((reasons & RV_RESETREAS_DOGS) != 0U);
}
