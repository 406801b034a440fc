/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QEMU's MPS2 machines: CMSDK UART 0, CMSDK timer 0 to count and 1 to wake, at the addresses of
 * Armv7-M images unless the board says others.
 */
#include "ranvier/board.h"

#include "rv_cmsdk_uart.h"

/* Arm DDI 0479D, chapter 4.1. */
typedef struct {
    volatile uint32_t ctrl;
    volatile uint32_t value; /* counts down */
    volatile uint32_t reload;
    volatile uint32_t intstatus;
} rv_cmsdk_timer_t;

#ifndef RV_CLOCK_HZ
#define RV_TIMER_AT 0x40000000U
#define RV_WAKE_IRQ 9U
#define RV_CLOCK_HZ 25000000U
#endif

#define RV_TIMER ((rv_cmsdk_timer_t *)RV_TIMER_AT)
#define RV_WAKE ((rv_cmsdk_timer_t *)(RV_TIMER_AT + 0x1000U))
#define RV_TIMER_ON 1U           /* in ctrl */
#define RV_TIMER_ON_AND_TELLS 9U /* with its interrupt */
#define RV_PAST 0x80000000U      /* differences of the counter from it on: not to come */

void rv_board_init(void)
{
    rv_cmsdk_uart_init();
    RV_TIMER->reload = 0xFFFFFFFFU;
    RV_TIMER->value = 0xFFFFFFFFU;
    RV_TIMER->ctrl = RV_TIMER_ON;
    rv_cmsdk_irq_enable(RV_WAKE_IRQ);
}

/*
 * Sleeps until a byte is there; the emulator holds the sender back meanwhile, none is lost.
 * The timer stands still: with a deadline in sight QEMU would jump to it again and again and
 * take a whole core of the host. Measured: an idle image costs no time, a step half of it.
 */
static void rv_board_sleep(void)
{
    RV_TIMER->ctrl = 0U;
    __asm__ volatile("wfi" ::: "memory");
    RV_TIMER->ctrl = RV_TIMER_ON;
}

uint8_t rv_board_getc(void)
{
    while (!rv_cmsdk_uart_full()) {
        rv_board_sleep();
    }
    return rv_cmsdk_uart_take();
}

bool rv_board_can_wait(void)
{
    return true;
}

/* Ends with the first interrupt of the two, which no handler takes: all are masked. */
static void rv_board_doze(uint32_t ticks)
{
    RV_WAKE->reload = 0U; /* once: it stays at 0 */
    RV_WAKE->value = ticks;
    RV_WAKE->ctrl = RV_TIMER_ON_AND_TELLS;
    __asm__ volatile("wfi" ::: "memory");
    RV_WAKE->ctrl = 0U;
    RV_WAKE->intstatus = 1U;
    rv_cmsdk_irq_clear(RV_WAKE_IRQ);
}

bool rv_board_wait(uint32_t until, uint32_t *sleeps)
{
    uint32_t left = until - rv_board_ticks();
    bool is_full = rv_cmsdk_uart_full();

    while (!is_full && (left != 0U) && (left < RV_PAST)) {
        rv_board_doze(left);
        ++*sleeps;
        left = until - rv_board_ticks();
        is_full = rv_cmsdk_uart_full();
    }
    return is_full;
}

uint32_t rv_board_ticks(void)
{
    return ~RV_TIMER->value;
}

uint32_t rv_board_tick_hz(void)
{
    return RV_CLOCK_HZ;
}
