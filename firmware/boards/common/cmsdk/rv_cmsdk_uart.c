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
/* NVIC (Armv7-M ARM, B3.4): a bit for each interrupt. */
#define RV_NVIC_ENABLE ((volatile uint32_t *)0xE000E100U)
#define RV_NVIC_CLEAR ((volatile uint32_t *)0xE000E280U)

void rv_cmsdk_irq_enable(uint32_t irq)
{
    RV_NVIC_ENABLE[irq / 32U] = 1UL << (irq % 32U);
}

void rv_cmsdk_irq_clear(uint32_t irq)
{
    RV_NVIC_CLEAR[irq / 32U] = 1UL << (irq % 32U);
}

void rv_cmsdk_uart_init(const rv_cmsdk_port_t *port)
{
    __asm__ volatile("cpsid i" ::: "memory");
    rv_cmsdk_irq_enable(port->receive_irq);
    port->uart->bauddiv = port->clock_hz / RV_BAUD;
    port->uart->ctrl = RV_UART_TX_AND_RX | RV_UART_RX_INTERRUPT;
}

bool rv_cmsdk_uart_full(const rv_cmsdk_port_t *port)
{
    return (port->uart->state & RV_UART_RX_FULL) != 0U;
}

uint8_t rv_cmsdk_uart_take(const rv_cmsdk_port_t *port)
{
    /* Before the byte is taken: afterwards it could clear the next one's interrupt. */
    port->uart->intstatus = RV_UART_RX_PENDING;
    rv_cmsdk_irq_clear(port->receive_irq);
    return (uint8_t)port->uart->data;
}

void rv_board_putc(uint8_t byte)
{
    rv_board_drain();
    rv_board_port.uart->data = byte;
}

void rv_board_drain(void)
{
    while ((rv_board_port.uart->state & RV_UART_TX_FULL) != 0U) {
    }
}
