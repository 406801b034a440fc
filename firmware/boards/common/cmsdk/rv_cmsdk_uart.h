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

/* Where a board has it, its number in the NVIC, and its clock; those of Armv7-M images. */
#ifndef RV_UART_AT
#define RV_UART_AT 0x40004000U
#define RV_UART_IRQ 0U
#define RV_UART_HZ 25000000U
#endif

/* The receive interrupt is enabled but masked for good: it ends WFI, and no handler ever runs. */
void rv_cmsdk_uart_init(void);

/* Whether a byte waits to be taken. */
bool rv_cmsdk_uart_full(void);

/* Take the byte that waits. */
uint8_t rv_cmsdk_uart_take(void);

/* NVIC (Armv7-M ARM, B3.4): a bit for each interrupt. Let one end WFI, and forget that it came. */
static inline void rv_cmsdk_irq_enable(uint32_t irq)
{
    ((volatile uint32_t *)0xE000E100U)[irq / 32U] = 1UL << (irq % 32U);
}

static inline void rv_cmsdk_irq_clear(uint32_t irq)
{
    ((volatile uint32_t *)0xE000E280U)[irq / 32U] = 1UL << (irq % 32U);
}

#endif
