/* SPDX-License-Identifier: Apache-2.0 */
/* The nRF51 of the micro:bit: UART 0, timer 0 (nRF51 Series Reference Manual 3.0, 18 and 29). */
#include "ranvier/board.h"

#include "rv_qemu.h"

#define RV_AT(address) (*(volatile uint32_t *)(address))

#define RV_UART 0x40002000U
#define RV_UART_START_RX RV_AT(RV_UART + 0x000U)
#define RV_UART_START_TX RV_AT(RV_UART + 0x008U)
#define RV_UART_RECEIVED RV_AT(RV_UART + 0x108U)
#define RV_UART_SENT RV_AT(RV_UART + 0x11CU)
#define RV_UART_ENABLE RV_AT(RV_UART + 0x500U)
#define RV_UART_RXD RV_AT(RV_UART + 0x518U)
#define RV_UART_TXD RV_AT(RV_UART + 0x51CU)
#define RV_UART_BAUDRATE RV_AT(RV_UART + 0x524U)
#define RV_UART_ON 4U
#define RV_UART_115200 0x01D7E000U

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
    RV_UART_BAUDRATE = RV_UART_115200;
    RV_UART_ENABLE = RV_UART_ON;
    RV_UART_START_RX = 1U;
    RV_UART_START_TX = 1U;
    RV_UART_SENT = 1U; /* so that the first byte has none to wait for */
    RV_TIMER_BITMODE = RV_TIMER_32_BITS;
    RV_TIMER_PRESCALER = 0U;
    RV_TIMER_START = 1U;
}

uint8_t rv_board_getc(void)
{
    while (RV_UART_RECEIVED == 0U) {
        /* Not WFI: with it, bytes were seen to arrive and no interrupt in QEMU 7.2. */
    }
    RV_UART_RECEIVED = 0U;
    return (uint8_t)RV_UART_RXD;
}

void rv_board_putc(uint8_t byte)
{
    rv_board_drain();
    RV_UART_SENT = 0U;
    RV_UART_TXD = byte;
}

void rv_board_drain(void)
{
    while (RV_UART_SENT == 0U) {
    }
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
