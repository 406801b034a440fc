/* SPDX-License-Identifier: Apache-2.0 */
#include "rv_stm32_usart.h"

#include "ranvier/board.h"
#include "rv_at.h"
#include "rv_chip.h"
#include "rv_map.h"

#define RV_USART_CR1 RV_AT(RV_USART_AT + 0x00U)
#define RV_USART_CR3 RV_AT(RV_USART_AT + 0x08U)
#define RV_USART_BRR RV_AT(RV_USART_AT + 0x0CU)
#define RV_USART_ISR RV_AT(RV_USART_AT + 0x1CU)
#define RV_USART_RDR RV_AT(RV_USART_AT + 0x24U)
#define RV_USART_TDR RV_AT(RV_USART_AT + 0x28U)
#define RV_CR1_UE_RE_TE_RXNEIE 0x2DU
#define RV_CR3_OVRDIS (1U << 12) /* a byte that comes too early replaces the last; the CRC tells */
#define RV_ISR_RXNE (1U << 5)
#define RV_ISR_TXE (1U << 7)
#define RV_HSI16_HZ 16000000U
#define RV_BAUD 115200U

void rv_stm32_usart_start(void)
{
    RV_USART_CR1 = 0U;
    RV_USART_CR3 = RV_CR3_OVRDIS;
    RV_USART_BRR = (RV_HSI16_HZ + RV_BAUD / 2U) / RV_BAUD;
    RV_USART_CR1 = RV_CR1_UE_RE_TE_RXNEIE;
}

/* Reading the byte lets the interrupt go. */
bool rv_chip_take(uint8_t *byte)
{
    const bool is_there = (RV_USART_ISR & RV_ISR_RXNE) != 0U;

    if (is_there) {
        *byte = (uint8_t)RV_USART_RDR;
    }
    return is_there;
}

void rv_board_putc(uint8_t byte)
{
    while ((RV_USART_ISR & RV_ISR_TXE) == 0U) {
    }
    RV_USART_TDR = byte;
}
