/* SPDX-License-Identifier: Apache-2.0 */
/* From reset to main(), and the vector table. */
#include "fault.h"
#include "ranvier/board.h"

#include <stdint.h>

/* Coprocessor Access Control Register (Armv7-M ARM, B3.2.20): CP10 and CP11 are the FPU. */
#define RV_CPACR (*(volatile uint32_t *)0xE000ED88U)
#define RV_CPACR_FPU (0xFU << 20)
/* System Handler Control and State Register: let faults keep their own names. */
#define RV_SHCSR (*(volatile uint32_t *)0xE000ED24U)
#define RV_SHCSR_FAULTS (7U << 16)

#define RV_N_SYSTEM_VECTORS 16

extern const uint32_t rv_data_source[];
extern uint32_t rv_data_start[];
extern uint32_t rv_data_end[];
extern uint32_t rv_bss_start[];
extern uint32_t rv_bss_end[];

int main(void);
_Noreturn void rv_reset(void);

/* An entry of the table is a stack pointer or a handler. */
typedef union {
    uint32_t *stack;
    void (*handler)(void);
} rv_vector_t;

/* No interrupt is ever enabled: the link polls. Every other exception is a fault. */
__attribute__((section(".rv_vectors"), used)) static const rv_vector_t
    rv_vectors[RV_N_SYSTEM_VECTORS] = {
        {.stack = rv_stack_top},
        {.handler = rv_reset},
        {.handler = rv_fault}, /* NMI */
        {.handler = rv_fault}, /* HardFault */
        {.handler = rv_fault}, /* MemManage */
        {.handler = rv_fault}, /* BusFault */
        {.handler = rv_fault}, /* UsageFault */
        {.handler = rv_fault}, /* SecureFault */
        {.handler = rv_fault},
        {.handler = rv_fault},
        {.handler = rv_fault},
        {.handler = rv_fault}, /* SVCall */
        {.handler = rv_fault}, /* DebugMonitor */
        {.handler = rv_fault},
        {.handler = rv_fault}, /* PendSV */
        {.handler = rv_fault}, /* SysTick */
};

/* Mark the part of the stack below this call; volatile, so that no call to memset is made. */
static inline __attribute__((always_inline)) void rv_paint_stack(void)
{
    volatile uint32_t *word = rv_stack_bottom;
    uintptr_t used;

    __asm__ volatile("mov %0, sp" : "=r"(used));
    while ((uintptr_t)word < used) {
        *word = RV_STACK_PAINT;
        ++word;
    }
}

_Noreturn void rv_reset(void)
{
    rv_paint_stack();
#if defined(__ARM_FP)
    RV_CPACR |= RV_CPACR_FPU;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
#if __ARM_ARCH >= 7 || defined(__ARM_ARCH_8M_MAIN__)
    RV_SHCSR |= RV_SHCSR_FAULTS;
#endif
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
