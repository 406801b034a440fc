/* SPDX-License-Identifier: Apache-2.0 */
/* From reset to main(), in machine mode, where a RISC-V core starts and stays. */
#include "ranvier/board.h"
#include "ranvier/start.h"
#include "rv_fault.h"

#include <stdint.h>

/* Physical memory protection (RISC-V privileged architecture 1.12, 3.7). */
#define RV_PMP_LOCKED_NAPOT 0x98U /* in pmpcfg: a power of two, no access, machine mode included */
#define RV_GUARD_BYTES 0x10000U

void rv_entry(void);
_Noreturn void rv_reset(void);

/* The first instruction of the image. Interrupts are off after reset, and stay off. */
__attribute__((naked, section(".rv_entry"), used)) void rv_entry(void)
{
    __asm__ volatile("la   sp, rv_stack_top \n"
                     "la   t0, rv_fault     \n"
                     "csrw mtvec, t0        \n"
                     "j    rv_reset         \n");
}

/* Make the 64 KiB below RAM forbidden, for a stack that has grown too large runs into them. */
static void rv_guard_stack(void)
{
    const uint32_t base = (uint32_t)(uintptr_t)rv_stack_bottom - RV_GUARD_BYTES;
    const uint32_t napot = (base >> 2) | ((RV_GUARD_BYTES >> 3) - 1U);

    __asm__ volatile("csrw pmpaddr0, %0\n"
                     "csrw pmpcfg0, %1\n"
                     :
                     : "r"(napot), "r"(RV_PMP_LOCKED_NAPOT)
                     : "memory");
}

_Noreturn void rv_reset(void)
{
    uintptr_t used;

    __asm__ volatile("mv %0, sp" : "=r"(used));
    rv_paint_stack(used);
    rv_guard_stack();
    rv_begin();
}
