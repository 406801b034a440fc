/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A step's deadline by SysTick (Armv7-M ARM, B3.3), which counts down 2^24 cycles of the core as often
 * as the network's longest step may take, by far (targets/mcu/step_limit.py); then its exception is a
 * fault. Not a watchdog: it depends on the core that it watches.
 */
#include "ranvier/board.h"
#include "rv_at.h"
#include "rv_fault.h"

#define RV_SYSTICK_CTRL RV_AT(0xE000E010U)
#define RV_SYSTICK_RELOAD RV_AT(0xE000E014U)
#define RV_SYSTICK_VALUE RV_AT(0xE000E018U)
#define RV_SYSTICK_ON 7U /* counting the core's clock, with its exception */
#define RV_SYSTICK_LONGEST 0xFFFFFFU
#ifndef RV_DEADLINE_PERIODS
#define RV_DEADLINE_PERIODS 256U
#endif
#define RV_ICSR RV_AT(0xE000ED04U)
#define RV_ICSR_FORGET_SYSTICK (1UL << 25)
/* NVIC: a bit for each interrupt, two words of which have any on these boards. */
#define RV_NVIC_ENABLE ((volatile uint32_t *)0xE000E100U)
#define RV_NVIC_DISABLE ((volatile uint32_t *)0xE000E180U)

uint32_t rv_periods_left;

/* What an exception has saved is left where rv_fault looks for it. */
__attribute__((naked)) void rv_tick(void)
{
    __asm__ volatile("ldr r0, 2f\n"
                     "ldr r1, [r0]\n"
                     "subs r1, r1, #1\n"
                     "str r1, [r0]\n"
                     "beq 1f\n"
                     "bx lr\n"
                     "1: ldr r0, 3f\n"
                     "bx r0\n"
                     ".balign 4\n"
                     "2: .word rv_periods_left\n"
                     "3: .word rv_fault\n");
}

#ifdef RV_INTERRUPTS_ARE_TAKEN
static void rv_deadline_admit(void)
{
    /* exceptions are let through all the time, and so are interrupts, which have handlers */
}

static void rv_deadline_shut(void)
{
}
#else
static uint32_t enabled[2];

/* Exceptions are let through for the step, and interrupts, which only end a sleep, are not. */
static void rv_deadline_admit(void)
{
    enabled[0] = RV_NVIC_ENABLE[0];
    enabled[1] = RV_NVIC_ENABLE[1];
    RV_NVIC_DISABLE[0] = enabled[0];
    RV_NVIC_DISABLE[1] = enabled[1];
    __asm__ volatile("dsb\n\tisb\n\tcpsie i" ::: "memory");
}

static void rv_deadline_shut(void)
{
    __asm__ volatile("cpsid i" ::: "memory");
    RV_NVIC_ENABLE[0] = enabled[0];
    RV_NVIC_ENABLE[1] = enabled[1];
}
#endif

void rv_board_deadline_start(void)
{
    rv_periods_left = RV_DEADLINE_PERIODS;
    RV_SYSTICK_RELOAD = RV_SYSTICK_LONGEST;
    RV_SYSTICK_VALUE = 0U;
    RV_SYSTICK_CTRL = RV_SYSTICK_ON;
    rv_deadline_admit();
}

void rv_board_deadline_stop(void)
{
    RV_SYSTICK_CTRL = 0U;
    RV_ICSR = RV_ICSR_FORGET_SYSTICK;
    rv_deadline_shut();
}
