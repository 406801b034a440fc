/* SPDX-License-Identifier: Apache-2.0 */
#include "rv_stm32_usart.h"

#include "ranvier/board.h"

#define RV_AT(address) (*(volatile uint32_t *)(address))

#define RV_USART_CR1 RV_AT(RV_USART_AT + 0x00U)
#define RV_USART_CR3 RV_AT(RV_USART_AT + 0x08U)
#define RV_USART_BRR RV_AT(RV_USART_AT + 0x0CU)
#define RV_USART_ISR RV_AT(RV_USART_AT + 0x1CU)
#define RV_USART_RDR RV_AT(RV_USART_AT + 0x24U)
#define RV_USART_TDR RV_AT(RV_USART_AT + 0x28U)
#define RV_CR1_UE_RE_TE 0x0DU
#define RV_CR3_OVRDIS (1UL << 12) /* a byte that comes too early replaces the last; the CRC tells */
#define RV_ISR_RXNE (1UL << 5)
#define RV_ISR_TXE (1UL << 7)
#define RV_HSI16_HZ 16000000U
#define RV_BAUD 115200U

void rv_stm32_usart_start(void)
{
    RV_USART_CR1 = 0U;
    RV_USART_CR3 = RV_CR3_OVRDIS;
    RV_USART_BRR = (RV_HSI16_HZ + RV_BAUD / 2U) / RV_BAUD;
    RV_USART_CR1 = RV_CR1_UE_RE_TE;
}

uint8_t rv_board_getc(void)
{
    while ((RV_USART_ISR & RV_ISR_RXNE) == 0U) {
    }
    return (uint8_t)RV_USART_RDR;
}

void rv_board_putc(uint8_t byte)
{
    while ((RV_USART_ISR & RV_ISR_TXE) == 0U) {
    }
    RV_USART_TDR = byte;
}
