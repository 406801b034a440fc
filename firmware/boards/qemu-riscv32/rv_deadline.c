/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A step's deadline by the machine timer (RISC-V privileged architecture 1.12, 3.2.1): its interrupt is
 * a trap, and every trap is a fault. Not a watchdog: it depends on the core that it watches.
 */
#include "ranvier/board.h"

#define RV_MTIMECMP ((volatile uint32_t *)0x02004000U) /* of the only core, low word first */
#define RV_MTIME ((const volatile uint32_t *)0x0200BFF8U)
#define RV_DEADLINE_TICKS (1ULL << 30)
#define RV_MIE_TIMER 0x80U
#define RV_MSTATUS_MIE 8U

static uint32_t enabled;

/* The timer's interrupt is let through for the step; those that only end a sleep are not. */
void rv_board_deadline_start(void)
{
    uint32_t high;
    uint32_t low;
    uint64_t end;

    do {
        high = RV_MTIME[1];
        low = RV_MTIME[0];
    } while (high != RV_MTIME[1]);
    end = (((uint64_t)high << 32) | low) + RV_DEADLINE_TICKS;
    RV_MTIMECMP[1] = 0xFFFFFFFFU; /* so that no half-written time is one that has passed */
    RV_MTIMECMP[0] = (uint32_t)end;
    RV_MTIMECMP[1] = (uint32_t)(end >> 32);
    __asm__ volatile("csrrw %0, mie, %1" : "=r"(enabled) : "r"(RV_MIE_TIMER));
    __asm__ volatile("csrs mstatus, %0" : : "r"(RV_MSTATUS_MIE) : "memory");
}

/* A time in the past is left behind: QEMU's clock would jump to one in the future at the next WFI. */
void rv_board_deadline_stop(void)
{
    __asm__ volatile("csrc mstatus, %0" : : "r"(RV_MSTATUS_MIE) : "memory");
    __asm__ volatile("csrw mie, %0" : : "r"(enabled));
    RV_MTIMECMP[1] = 0U;
    RV_MTIMECMP[0] = 0U;
}
