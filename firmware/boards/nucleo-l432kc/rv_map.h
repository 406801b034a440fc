/* SPDX-License-Identifier: Apache-2.0 */
/* STM32L432 (STM32L4x2.svd): USART2, TIM2, and GPIOB for the safe pin. */
#ifndef RV_MAP_H
#define RV_MAP_H

#define RV_SERIAL_IRQ 38
#define RV_WAKE_IRQ 28
#define RV_WAKE_SHORTEST 64U
#define RV_TICK_HZ RV_CLOCK_HZ /* APB1 is not divided, and so neither is its timers' clock */

#define RV_USART_AT 0x40004400U
#define RV_PORT_AT 0x48000400U
#define RV_PORT_CLOCK_AT 0x4002104CU /* RCC_AHB2ENR */
#define RV_PORT_CLOCK 2U             /* GPIOBEN */
#define RV_TIMER_CLOCK_AT 0x40021058U /* RCC_APB1ENR1 */
#define RV_RCC_CSR_AT 0x40021094U

#endif
