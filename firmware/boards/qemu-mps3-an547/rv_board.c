/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QEMU's mps3-an547, a Cortex-M55 in secure state: CMSDK UART 0, system counter. Its watchdog is the S32K
 * (Arm 101773), which is one of the CMSDK: common/mps2/rv_watchdog.c.
 */
#include "ranvier/board.h"

#include "rv_cmsdk_uart.h"

/* The system counter's control frame (Arm 101773, SSE-300 TRM, "System counter"). */
typedef struct {
    volatile uint32_t ctrl;
    volatile uint32_t status;
    volatile uint32_t low; /* counts up */
    volatile uint32_t high;
} rv_sse_counter_t;

/* A system timer, which compares that counter (the same, "System timer"). */
typedef struct {
    volatile uint32_t unused[8];
    volatile uint32_t alarm_low; /* CNTP_CVAL */
    volatile uint32_t alarm_high;
    volatile uint32_t unused_too;
    volatile uint32_t ctrl; /* CNTP_CTL */
} rv_sse_timer_t;

#define RV_WAKE ((rv_sse_timer_t *)0x58000000U)
#define RV_WAKE_ON 1U /* in ctrl, with its interrupt */
#define RV_WAKE_IRQ 3U
#define RV_PAST 0x80000000U /* differences of the counter from it on: not to come */

#define RV_COUNTER ((rv_sse_counter_t *)0x58100000U)
#define RV_COUNTER_ON 1U /* in ctrl */
#define RV_COUNTER_HZ 32000000U /* the core's clock */

void rv_board_init(void)
{
    rv_cmsdk_uart_init();
    RV_COUNTER->ctrl = RV_COUNTER_ON;
    rv_cmsdk_irq_enable(RV_WAKE_IRQ);
}

/* The emulator holds the sender back meanwhile, no byte is lost. The counter has no deadline. */
uint8_t rv_board_getc(void)
{
    while (!rv_cmsdk_uart_full()) {
        __asm__ volatile("wfi" ::: "memory");
    }
    return rv_cmsdk_uart_take();
}

uint32_t rv_board_ticks(void)
{
    return RV_COUNTER->low;
}

uint32_t rv_board_tick_hz(void)
{
    return RV_COUNTER_HZ;
}

bool rv_board_can_wait(void)
{
    return true;
}

static uint64_t rv_counter(void)
{
    uint32_t high;
    uint32_t low;

    do {
        high = RV_COUNTER->high;
        low = RV_COUNTER->low;
    } while (high != RV_COUNTER->high);
    return ((uint64_t)high << 32) | low;
}

/*
 * Ends with the first interrupt of the two, which no handler takes: all are masked. Four counts are a whole
 * number of nanoseconds: at others QEMU's clock stops short of the alarm, and for ever.
 */
static void rv_board_doze(uint32_t ticks)
{
    const uint64_t end = (rv_counter() + ticks + 3U) & ~(uint64_t)3U;

    RV_WAKE->alarm_low = (uint32_t)end;
    RV_WAKE->alarm_high = (uint32_t)(end >> 32);
    RV_WAKE->ctrl = RV_WAKE_ON;
    __asm__ volatile("wfi" ::: "memory");
    RV_WAKE->ctrl = 0U;
    rv_cmsdk_irq_clear(RV_WAKE_IRQ);
}

bool rv_board_wait(uint32_t until, uint32_t *sleeps)
{
    uint32_t left = until - rv_board_ticks();

    while (!rv_cmsdk_uart_full() && (left != 0U) && (left < RV_PAST)) {
        rv_board_doze(left);
        ++*sleeps;
        left = until - rv_board_ticks();
    }
    return rv_cmsdk_uart_full();
}
