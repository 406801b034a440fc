/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The watchdog of the CMSDK (Arm DDI 0479D, chapter 4.4): at the end of its time it raises the NMI,
 * which is a fault and drives the safe output; a second time later it resets the board.
 *
 * QEMU 7.2's counts from reset on, whether it was started or not, and a sleeping core takes it to its
 * end at once. Whether that has happened twice cannot be read, and then the reset would follow at
 * once: so the reset is only asked for where it has not happened once.
 */
#include "ranvier/board.h"

#ifndef RV_WATCHDOG_AT
#define RV_WATCHDOG_AT 0x40008000U
#endif
/* Its count for so many of the board's ticks, where its clock is another; never too few. */
#ifdef RV_WATCHDOG_EACH
#define RV_WATCHDOG_LOAD(ticks) ((ticks) / RV_WATCHDOG_EACH + 1U)
#else
#define RV_WATCHDOG_LOAD(ticks) (ticks)
#endif

typedef struct {
    volatile uint32_t load;
    volatile uint32_t value; /* counts down */
    volatile uint32_t control;
    volatile uint32_t intclr; /* any word: from `load` again */
    volatile uint32_t ris;
} rv_cmsdk_watchdog_t;

#define RV_WATCHDOG ((rv_cmsdk_watchdog_t *)RV_WATCHDOG_AT)
#define RV_WATCHDOG_LOCK (*(volatile uint32_t *)(RV_WATCHDOG_AT + 0xC00U))
#define RV_WATCHDOG_UNLOCKED 0x1ACCE551U
#define RV_WATCHDOG_TELLS 1U
#define RV_WATCHDOG_RESETS 2U

bool rv_board_has_watchdog(void)
{
    return true;
}

void rv_board_watchdog_start(uint32_t ticks)
{
    bool was_through;

    RV_WATCHDOG_LOCK = RV_WATCHDOG_UNLOCKED;
    was_through = RV_WATCHDOG->ris != 0U;
    RV_WATCHDOG->load = RV_WATCHDOG_LOAD(ticks);
    if (RV_WATCHDOG->control == 0U) {
        RV_WATCHDOG->intclr = 1U;
        RV_WATCHDOG->control = RV_WATCHDOG_TELLS | (was_through ? 0U : RV_WATCHDOG_RESETS);
    }
    RV_WATCHDOG_LOCK = 0U;
}

void rv_board_watchdog_kick(void)
{
    RV_WATCHDOG_LOCK = RV_WATCHDOG_UNLOCKED;
    RV_WATCHDOG->intclr = 1U;
    RV_WATCHDOG_LOCK = 0U;
}
