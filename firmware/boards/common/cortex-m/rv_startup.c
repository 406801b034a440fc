/* SPDX-License-Identifier: Apache-2.0 */
/* From reset to main(), and the vector table. */
#include "ranvier/board.h"
#include "ranvier/start.h"
#include "rv_fault.h"

#include <stdint.h>

/* Coprocessor Access Control Register (Armv7-M ARM, B3.2.20): CP10 and CP11 are the FPU and Helium. */
#define RV_CPACR (*(volatile uint32_t *)0xE000ED88U)
#define RV_CPACR_FPU (0xFU << 20)
/* Memory Protection Unit (Armv7-M ARM, B3.5). */
typedef struct {
    volatile uint32_t type;
    volatile uint32_t ctrl;
    volatile uint32_t rnr;
    volatile uint32_t rbar;
    volatile uint32_t rasr;
} rv_mpu_t;
#define RV_MPU_AT 0xE000ED90U
#define RV_MPU_REGIONS (0xFFU << 8)      /* in type; 0 where the core has no MPU */
#define RV_MPU_ON_WITH_DEFAULT_MAP 5U    /* in ctrl */
#define RV_MPU_NO_ACCESS_64K 0x1000001FU /* in rasr: XN, no access, 2^16 bytes, enabled */
#define RV_GUARD_BYTES 0x10000U

#define RV_N_SYSTEM_VECTORS 16

_Noreturn void rv_reset(void);

/* An entry of the table is a stack pointer or a handler. */
typedef union {
    uint32_t *stack;
    void (*handler)(void);
} rv_vector_t;

/* Where nothing counts with SysTick. */
__attribute__((weak, naked)) void rv_tick(void)
{
    __asm__ volatile("ldr r0, 1f\n"
                     "bx r0\n"
                     ".balign 4\n"
                     "1: .word rv_fault\n");
}

/* No interrupt is ever taken: boards sleep with all masked. Every exception is a fault. */
__attribute__((section(".rv_vectors"),
               used)) static const rv_vector_t rv_vectors[RV_N_SYSTEM_VECTORS] = {
    {.stack = rv_stack_top}, {.handler = rv_reset}, {.handler = rv_fault}, /* NMI */
    {.handler = rv_fault}, /* HardFault */
    {.handler = rv_fault}, /* MemManage */
    {.handler = rv_fault}, /* BusFault */
    {.handler = rv_fault}, /* UsageFault */
    {.handler = rv_fault}, /* SecureFault */
    {.handler = rv_fault},   {.handler = rv_fault}, {.handler = rv_fault},
    {.handler = rv_fault}, /* SVCall */
    {.handler = rv_fault}, /* DebugMonitor */
    {.handler = rv_fault},   {.handler = rv_fault}, /* PendSV */
    {.handler = rv_tick},                         /* SysTick */
};

/*
 * Make what lies below RAM forbidden where the core can: on silicon it is empty and faults, but
 * QEMU's boards swallow the writes.
 */
static void rv_guard_stack(void)
{
#if defined(__ARM_ARCH_8M_MAIN__) || defined(__ARM_ARCH_8_1M_MAIN__)
    __asm__ volatile("msr msplim, %0" : : "r"(rv_stack_bottom));
#elif !defined(__ARM_ARCH_8M_BASE__) /* which has another MPU */
    uintptr_t at = RV_MPU_AT;
    rv_mpu_t *mpu;

    __asm__(
        ""
        : "+r"(
            at)); /* else the compiler addresses each register from afar, by longer instructions */
    mpu = (rv_mpu_t *)at;
    if ((mpu->type & RV_MPU_REGIONS) != 0U) {
        mpu->rnr = 0U;
        mpu->rbar = (uint32_t)(uintptr_t)rv_stack_bottom - RV_GUARD_BYTES;
        mpu->rasr = RV_MPU_NO_ACCESS_64K;
        mpu->ctrl = RV_MPU_ON_WITH_DEFAULT_MAP;
    }
#endif
}

_Noreturn void rv_reset(void)
{
    uintptr_t used;

    __asm__ volatile("mov %0, sp" : "=r"(used));
    rv_paint_stack(used);
    rv_guard_stack();
#if defined(__ARM_FP)
    RV_CPACR = RV_CPACR_FPU; /* whose other bits are 0 after reset */
#endif
    __asm__ volatile("dsb\n\tisb" ::: "memory");
    rv_begin();
}
