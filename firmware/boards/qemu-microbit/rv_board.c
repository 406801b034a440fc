/* SPDX-License-Identifier: Apache-2.0 */
/* The nRF51 of the micro:bit: UART 0, timer 0 (nRF51 Series Reference Manual 3.0, 18). */
#include "ranvier/board.h"

#include "rv_at.h"
#include "rv_nrf_uart.h"
#include "rv_qemu.h"

#define RV_TIMER 0x40008000U
#define RV_TIMER_START RV_AT(RV_TIMER + 0x000U)
#define RV_TIMER_CAPTURE RV_AT(RV_TIMER + 0x040U)
#define RV_TIMER_REACHED RV_AT(RV_TIMER + 0x144U) /* CC[1] */
#define RV_TIMER_INTENSET RV_AT(RV_TIMER + 0x304U)
#define RV_TIMER_REACHED_TELLS (1UL << 17)
#define RV_TIMER_BITMODE RV_AT(RV_TIMER + 0x508U)
#define RV_TIMER_PRESCALER RV_AT(RV_TIMER + 0x510U)
#define RV_TIMER_CC RV_AT(RV_TIMER + 0x540U)
#define RV_TIMER_WAKE_AT RV_AT(RV_TIMER + 0x544U)
#define RV_TIMER_32_BITS 3U
#define RV_TIMER_HZ 16000000U
#define RV_TIMER_SHORTEST 64U /* to set an alarm takes some of them */
/* NVIC (Armv6-M ARM, B3.4): a bit for each interrupt. */
#define RV_NVIC_ENABLE RV_AT(0xE000E100U)
#define RV_NVIC_CLEAR RV_AT(0xE000E280U)
#define RV_TIMER_IRQ 8U
#define RV_PAST 0x80000000U /* differences of the counter from it on: not to come */
#define RV_UART_IRQ 2U
#define RV_WAKING ((1UL << RV_TIMER_IRQ) | (1UL << RV_UART_IRQ))

void rv_board_init(void)
{
    rv_nrf_uart_start();
    RV_TIMER_BITMODE = RV_TIMER_32_BITS;
    RV_TIMER_PRESCALER = 0U;
    RV_TIMER_START = 1U;
    __asm__ volatile("cpsid i" ::: "memory");
    RV_TIMER_INTENSET = RV_TIMER_REACHED_TELLS;
    RV_NVIC_ENABLE = RV_WAKING;
}

void rv_board_drain(void)
{
    /* Each byte has left when rv_board_putc returns. */
}

/* Polled: QEMU does not end WFI reliably for what came before it. */
uint8_t rv_board_getc(void)
{
    while (!rv_nrf_uart_full()) {
    }
    return rv_nrf_uart_take();
}

bool rv_board_can_wait(void)
{
    return true;
}

/* What comes after it ends the next sleep: QEMU does not keep an interrupt pending for its level. */
static void rv_board_forget(void)
{
    RV_TIMER_REACHED = 0U;
    RV_NVIC_CLEAR = RV_WAKING;
}

/* No handler takes what ends the sleep: all interrupts are masked. */
bool rv_board_wait(uint32_t until, uint32_t *sleeps)
{
    uint32_t left;

    rv_board_forget();
    left = until - rv_board_ticks();
    while (!rv_nrf_uart_full() && (left != 0U) && (left < RV_PAST)) {
        RV_TIMER_WAKE_AT =
            rv_board_ticks() + ((left > RV_TIMER_SHORTEST) ? left : RV_TIMER_SHORTEST);
        __asm__ volatile("wfi" ::: "memory");
        ++*sleeps;
        rv_board_forget();
        left = until - rv_board_ticks();
    }
    return rv_nrf_uart_full();
}

uint32_t rv_board_ticks(void)
{
    RV_TIMER_CAPTURE = 1U;
    return RV_TIMER_CC;
}

uint32_t rv_board_tick_hz(void)
{
    return RV_TIMER_HZ;
}
