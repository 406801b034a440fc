/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A step's deadline by the machine timer (RISC-V privileged architecture 1.12, 3.2.1): its interrupt is
 * a trap, and every trap is a fault. Not a watchdog: it depends on the core that it watches.
 */
#include "ranvier/board.h"

#include "rv_mtime.h"

#define RV_DEADLINE_TICKS (1UL << 30)
#define RV_MSTATUS_MIE 8U

static uint32_t enabled;

/* The timer's interrupt is let through for the step; those that only end a sleep are not. */
void rv_board_deadline_start(void)
{
    rv_mtime_alarm(RV_DEADLINE_TICKS);
    __asm__ volatile("csrrw %0, mie, %1" : "=r"(enabled) : "r"(RV_MIE_TIMER));
    __asm__ volatile("csrs mstatus, %0" : : "r"(RV_MSTATUS_MIE) : "memory");
}

void rv_board_deadline_stop(void)
{
    __asm__ volatile("csrc mstatus, %0" : : "r"(RV_MSTATUS_MIE) : "memory");
    __asm__ volatile("csrw mie, %0" : : "r"(enabled));
    rv_mtime_off();
}
