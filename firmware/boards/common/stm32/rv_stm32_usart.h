/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The USART of the STM32L4 and STM32U5 (RM0394 rev. 4, chapter 38; RM0456 rev. 4, chapter 66), polled,
 * at 115200 baud from the 16 MHz oscillator HSI16, whatever the core's clock is.
 */
#ifndef RV_STM32_USART_H
#define RV_STM32_USART_H

/* Switch it on; its clock and its pins must be there already. RV_USART_AT is its address. */
void rv_stm32_usart_start(void);

#endif
