/* SPDX-License-Identifier: Apache-2.0 */
/* The UART of Arm's Cortex-M System Design Kit (Arm DDI 0479D, chapter 4.3), polled. */
#ifndef RANVIER_CMSDK_UART_H
#define RANVIER_CMSDK_UART_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    volatile uint32_t data;
    volatile uint32_t state;
    volatile uint32_t ctrl;
    volatile uint32_t intstatus;
    volatile uint32_t bauddiv;
} rv_cmsdk_uart_t;

/* Where a board has one. */
typedef struct {
    rv_cmsdk_uart_t *uart;
    uint32_t clock_hz;
    uint32_t receive_irq; /* number in the NVIC */
} rv_cmsdk_port_t;

/* The one that the link uses; the board defines it. */
extern const rv_cmsdk_port_t rv_board_port;

/* The receive interrupt is enabled but masked for good: it ends WFI, and no handler ever runs. */
void rv_cmsdk_uart_init(const rv_cmsdk_port_t *port);

/* An interrupt of the NVIC, by its number: let it end WFI, and forget that it came. */
void rv_cmsdk_irq_enable(uint32_t irq);
void rv_cmsdk_irq_clear(uint32_t irq);

/* Whether a byte waits to be taken. */
bool rv_cmsdk_uart_full(const rv_cmsdk_port_t *port);

/* Take the byte that waits. */
uint8_t rv_cmsdk_uart_take(const rv_cmsdk_port_t *port);

#endif
