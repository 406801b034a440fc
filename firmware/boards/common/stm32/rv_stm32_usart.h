/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The USART of the STM32L4 (ST RM0394) and STM32U5 (RM0456), received by interrupt, at 115200 baud from the 16 MHz
 * oscillator HSI16, whatever the core's clock is. docs/boards.md says where the registers come from.
 */
#ifndef RV_STM32_USART_H
#define RV_STM32_USART_H

/* Switch it on; its clock and its pins must be there already. */
void rv_stm32_usart_start(void);

#endif
