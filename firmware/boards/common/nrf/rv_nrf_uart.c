/* SPDX-License-Identifier: Apache-2.0 */
#include "rv_nrf_uart.h"

#include "ranvier/board.h"
#include "rv_at.h"

#define RV_UART 0x40002000U
#define RV_UART_START_RX RV_AT(RV_UART + 0x000U)
#define RV_UART_START_TX RV_AT(RV_UART + 0x008U)
#define RV_UART_RECEIVED RV_AT(RV_UART + 0x108U)
#define RV_UART_SENT RV_AT(RV_UART + 0x11CU)
#define RV_UART_INTENSET RV_AT(RV_UART + 0x304U)
#define RV_UART_ENABLE RV_AT(RV_UART + 0x500U)
#define RV_UART_RXD RV_AT(RV_UART + 0x518U)
#define RV_UART_TXD RV_AT(RV_UART + 0x51CU)
#define RV_UART_BAUDRATE RV_AT(RV_UART + 0x524U)
#define RV_UART_ON 4U
#define RV_UART_RECEIVED_TELLS 4U
#define RV_UART_115200 0x01D7E000U

void rv_nrf_uart_start(void)
{
    RV_UART_BAUDRATE = RV_UART_115200;
    RV_UART_ENABLE = RV_UART_ON;
    RV_UART_INTENSET = RV_UART_RECEIVED_TELLS;
    RV_UART_START_RX = 1U;
    RV_UART_START_TX = 1U;
}

bool rv_nrf_uart_full(void)
{
    return RV_UART_RECEIVED != 0U;
}

uint8_t rv_nrf_uart_take(void)
{
    RV_UART_RECEIVED = 0U;
    return (uint8_t)RV_UART_RXD;
}

/* Waits afterwards: whether software may set an event, so that the first has none to wait for, is unsaid. */
void rv_board_putc(uint8_t byte)
{
    RV_UART_SENT = 0U;
    RV_UART_TXD = byte;
    while (RV_UART_SENT == 0U) {
    }
}
