/* SPDX-License-Identifier: Apache-2.0 */
/*
 * STM32L432KC on a Nucleo-32: 80 MHz from HSI16 through the PLL; USART2 to the ST-LINK's serial port,
 * on PA2 and PA15. Registers: RM0394, chapters RCC, FLASH, GPIO; docs/boards.md says where they come from.
 */
#include "ranvier/board.h"

#include "rv_at.h"
#include "rv_device.h"
#include "rv_stm32_timer.h"
#include "rv_stm32_usart.h"

#define RV_RCC 0x40021000U
#define RV_RCC_CR RV_AT(RV_RCC + 0x00U)
#define RV_RCC_CFGR RV_AT(RV_RCC + 0x08U)
#define RV_RCC_PLLCFGR RV_AT(RV_RCC + 0x0CU)
#define RV_RCC_AHB2ENR RV_AT(RV_RCC + 0x4CU)
#define RV_RCC_APB1ENR1 RV_AT(RV_RCC + 0x58U)
#define RV_RCC_CCIPR RV_AT(RV_RCC + 0x88U)
#define RV_CR_HSION (1U << 8)
#define RV_CR_HSIRDY (1U << 10)
#define RV_CR_PLLON (1U << 24)
#define RV_CR_PLLRDY (1U << 25)
/* 16 MHz / M = 1, times N = 10, divided by R = 2: fields PLLM 0, PLLN 10, PLLR 0. */
#define RV_PLL_80_MHZ (2U | (10U << 8) | (1U << 24)) /* from HSI16; output R on */
#define RV_CFGR_SW_PLL 3U
#define RV_CFGR_SWS 0xCU
#define RV_AHB2_GPIOA 1U
#define RV_APB1_USART2 (1U << 17)
#define RV_CCIPR_USART2_HSI16 (2U << 2)

#define RV_FLASH_ACR RV_AT(0x40022000U)
#define RV_ACR_4_WAITS_CACHES 0x704U /* LATENCY 4, prefetch, instruction and data cache */
#define RV_ACR_LATENCY 7U

#define RV_GPIOA 0x48000000U
#define RV_GPIOA_MODER RV_AT(RV_GPIOA + 0x00U)
#define RV_GPIOA_AFRL RV_AT(RV_GPIOA + 0x20U)
#define RV_GPIOA_AFRH RV_AT(RV_GPIOA + 0x24U)

static void rv_clock_start(void)
{
    RV_FLASH_ACR = RV_ACR_4_WAITS_CACHES;
    while ((RV_FLASH_ACR & RV_ACR_LATENCY) != 4U) {
    }
    RV_RCC_CR |= RV_CR_HSION;
    while ((RV_RCC_CR & RV_CR_HSIRDY) == 0U) {
    }
    RV_RCC_PLLCFGR = RV_PLL_80_MHZ;
    RV_RCC_CR |= RV_CR_PLLON;
    while ((RV_RCC_CR & RV_CR_PLLRDY) == 0U) {
    }
    RV_RCC_CFGR = RV_CFGR_SW_PLL;
    while ((RV_RCC_CFGR & RV_CFGR_SWS) != RV_CFGR_SWS) {
    }
}

void rv_board_init(void)
{
    rv_device_init();
    rv_clock_start();
    RV_RCC_AHB2ENR |= RV_AHB2_GPIOA;
    RV_RCC_APB1ENR1 |= RV_APB1_USART2;
    RV_RCC_CCIPR |= RV_CCIPR_USART2_HSI16;
    (void)RV_RCC_APB1ENR1; /* the clocks are there after two cycles */
    /* PA2 is USART2_TX as function 7, PA15 USART2_RX as function 3. */
    RV_GPIOA_AFRL = (RV_GPIOA_AFRL & ~(15U << 8)) | (7U << 8);
    RV_GPIOA_AFRH = (RV_GPIOA_AFRH & ~(15U << 28)) | (3U << 28);
    RV_GPIOA_MODER = (RV_GPIOA_MODER & ~((3U << 4) | (3U << 30))) | (2U << 4) | (2U << 30);
    rv_stm32_usart_start();
    rv_stm32_timer_start();
    rv_device_start();
}
