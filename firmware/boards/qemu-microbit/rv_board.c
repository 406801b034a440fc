/* SPDX-License-Identifier: Apache-2.0 */
/* The nRF51 of the micro:bit: UART 0, timer 0 (nRF51 Series Reference Manual 3.0, 18). */
#include "ranvier/board.h"

#include "rv_nrf_uart.h"
#include "rv_qemu.h"

#define RV_AT(address) (*(volatile uint32_t *)(address))

#define RV_TIMER 0x40008000U
#define RV_TIMER_START RV_AT(RV_TIMER + 0x000U)
#define RV_TIMER_CAPTURE RV_AT(RV_TIMER + 0x040U)
#define RV_TIMER_BITMODE RV_AT(RV_TIMER + 0x508U)
#define RV_TIMER_PRESCALER RV_AT(RV_TIMER + 0x510U)
#define RV_TIMER_CC RV_AT(RV_TIMER + 0x540U)
#define RV_TIMER_32_BITS 3U
#define RV_TIMER_HZ 16000000U

void rv_board_init(void)
{
    rv_nrf_uart_start();
    RV_TIMER_BITMODE = RV_TIMER_32_BITS;
    RV_TIMER_PRESCALER = 0U;
    RV_TIMER_START = 1U;
}

void rv_board_drain(void)
{
    /* Each byte has left when rv_board_putc returns. */
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
