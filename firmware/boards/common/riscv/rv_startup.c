/* SPDX-License-Identifier: Apache-2.0 */
/* From reset to main(), in machine mode, where a RISC-V core starts and stays. */
#include "ranvier/board.h"
#include "rv_fault.h"

#include <stdint.h>

/* Physical memory protection (RISC-V privileged architecture 1.12, 3.7). */
#define RV_PMP_LOCKED_NAPOT 0x98U /* in pmpcfg: a power of two, no access, machine mode included */
#define RV_GUARD_BYTES 0x10000U

extern const uint32_t rv_data_source[];
extern uint32_t rv_data_start[];
extern uint32_t rv_data_end[];
extern uint32_t rv_bss_start[];
extern uint32_t rv_bss_end[];

int main(void);
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

/* Mark the part of the stack below this call; volatile, so that no call to memset is made. */
static inline __attribute__((always_inline)) void rv_paint_stack(void)
{
    volatile uint32_t *word = rv_stack_bottom;
    uintptr_t used;

    __asm__ volatile("mv %0, sp" : "=r"(used));
    while ((uintptr_t)word < used) {
        *word = RV_STACK_PAINT;
        ++word;
    }
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
    rv_paint_stack();
    rv_guard_stack();
    for (uint32_t i = 0U; &rv_data_start[i] != rv_data_end; ++i) {
        rv_data_start[i] = rv_data_source[i];
    }
    for (uint32_t *word = rv_bss_start; word != rv_bss_end; ++word) {
        *word = 0U;
    }
    (void)main();
    for (;;) {
        /* main() does not return */
    }
}
