/* SPDX-License-Identifier: Apache-2.0 */
/*
 * STM32U575 (interrupts in ST's stm32u575xx.h; addresses and clock bits in Zephyr's description of the U5):
 * USART1, TIM2, and GPIOC for the safe pin. RCC_CSR and its bits are in NuttX' stm32u5xx_rcc.h.
 */
#ifndef RV_MAP_H
#define RV_MAP_H

#define RV_SERIAL_IRQ 61
#define RV_WAKE_IRQ 45
#define RV_WAKE_SHORTEST 64U
#define RV_TICK_HZ RV_CLOCK_HZ

#define RV_USART_AT 0x40013800U
#define RV_PORT_AT 0x42020800U
#define RV_PORT_CLOCK_AT 0x46020C8CU /* RCC_AHB2ENR1 */
#define RV_PORT_CLOCK 4U             /* GPIOCEN */
#define RV_TIMER_CLOCK_AT 0x46020C9CU /* RCC_APB1ENR1 */
#define RV_RCC_CSR_AT 0x46020CF4U

#endif
