/* SPDX-License-Identifier: Apache-2.0 */
#include "rv_cmsdk_uart.h"

#include "ranvier/board.h"
#include "rv_qemu.h"

#define RV_UART_TX_FULL 1U
#define RV_UART_RX_FULL 2U
#define RV_UART_TX_AND_RX 3U
#define RV_UART_RX_INTERRUPT 8U /* in ctrl */
#define RV_UART_RX_PENDING 2U   /* in intstatus */
#define RV_BAUD 115200U         /* QEMU does not enforce it */
#define RV_UART ((rv_cmsdk_uart_t *)RV_UART_AT)

void rv_cmsdk_uart_init(void)
{
    __asm__ volatile("cpsid i" ::: "memory");
    rv_cmsdk_irq_enable(RV_UART_IRQ);
    RV_UART->bauddiv = RV_UART_HZ / RV_BAUD;
    RV_UART->ctrl = RV_UART_TX_AND_RX | RV_UART_RX_INTERRUPT;
}

bool rv_cmsdk_uart_full(void)
{
    return (RV_UART->state & RV_UART_RX_FULL) != 0U;
}

uint8_t rv_cmsdk_uart_take(void)
{
    /* Before the byte is taken: afterwards it could clear the next one's interrupt. */
    RV_UART->intstatus = RV_UART_RX_PENDING;
    rv_cmsdk_irq_clear(RV_UART_IRQ);
    return (uint8_t)RV_UART->data;
}

void rv_board_putc(uint8_t byte)
{
    rv_board_drain();
    RV_UART->data = byte;
}

void rv_board_drain(void)
{
    while ((RV_UART->state & RV_UART_TX_FULL) != 0U) {
    }
}
