/* SPDX-License-Identifier: Apache-2.0 */
/*
 * STM32U575ZI on a Nucleo-144, TrustZone off: 160 MHz from HSI16 through PLL1; USART1 to the ST-LINK's
 * serial port, on PA9 and PA10. Registers: RM0456, chapters RCC, PWR, FLASH, ICACHE, GPIO; docs/boards.md
 * says where they come from.
 */
#include "ranvier/board.h"

#include "rv_at.h"
#include "rv_device.h"
#include "rv_stm32_timer.h"
#include "rv_stm32_usart.h"

#define RV_RCC 0x46020C00U
#define RV_RCC_CR RV_AT(RV_RCC + 0x00U)
#define RV_RCC_CFGR1 RV_AT(RV_RCC + 0x1CU)
#define RV_RCC_PLL1CFGR RV_AT(RV_RCC + 0x28U)
#define RV_RCC_PLL1DIVR RV_AT(RV_RCC + 0x34U)
#define RV_RCC_AHB2ENR1 RV_AT(RV_RCC + 0x8CU)
#define RV_RCC_AHB3ENR RV_AT(RV_RCC + 0x94U)
#define RV_RCC_APB2ENR RV_AT(RV_RCC + 0xA4U)
#define RV_RCC_CCIPR1 RV_AT(RV_RCC + 0xE0U)
#define RV_CR_HSION (1U << 8)
#define RV_CR_HSIRDY (1U << 10)
#define RV_CR_PLL1ON (1U << 24)
#define RV_CR_PLL1RDY (1U << 25)
/* From HSI16 (2), an input of 8 to 16 MHz (3), M = 1, the booster's divider 1, output R on. */
#define RV_PLL1_FROM_HSI16 (2U | (3U << 2) | (1U << 18))
/* N = 20 makes 320 MHz, R = 2 makes 160; all fields hold the divider less one. */
#define RV_PLL1_160_MHZ (19U | (1U << 9) | (1U << 16) | (1U << 24))
#define RV_CFGR1_SW_PLL 3U
#define RV_CFGR1_SWS 0xCU
#define RV_AHB2_GPIOA 1U
#define RV_AHB3_PWR (1U << 2)
#define RV_APB2_USART1 (1U << 14)
#define RV_CCIPR1_USART1_HSI16 2U

#define RV_PWR_VOSR RV_AT(0x4602080CU)
#define RV_VOSR_BOOSTRDY (1U << 14)
#define RV_VOSR_VOSRDY (1U << 15)
#define RV_VOSR_RANGE_1 (3U << 16)
#define RV_VOSR_BOOSTEN (1U << 18)

#define RV_FLASH_ACR RV_AT(0x40022000U)
#define RV_ACR_LATENCY 15U
#define RV_ACR_4_WAITS 4U
#define RV_ICACHE_CR RV_AT(0x40030400U)
#define RV_ICACHE_ON 1U

#define RV_GPIOA 0x42020000U
#define RV_GPIOA_MODER RV_AT(RV_GPIOA + 0x00U)
#define RV_GPIOA_AFRH RV_AT(RV_GPIOA + 0x24U)

/* Above 55 MHz the core needs its full voltage, and the regulator's booster the PLL's input. */
static void rv_power_start(void)
{
    RV_RCC_AHB3ENR |= RV_AHB3_PWR;
    (void)RV_RCC_AHB3ENR;
    RV_PWR_VOSR |= RV_VOSR_RANGE_1;
    while ((RV_PWR_VOSR & RV_VOSR_VOSRDY) == 0U) {
    }
    RV_RCC_PLL1CFGR = RV_PLL1_FROM_HSI16;
    RV_PWR_VOSR |= RV_VOSR_BOOSTEN;
    while ((RV_PWR_VOSR & RV_VOSR_BOOSTRDY) == 0U) {
    }
}

static void rv_clock_start(void)
{
    RV_RCC_CR |= RV_CR_HSION;
    while ((RV_RCC_CR & RV_CR_HSIRDY) == 0U) {
    }
    rv_power_start();
    RV_FLASH_ACR = (RV_FLASH_ACR & ~RV_ACR_LATENCY) | RV_ACR_4_WAITS;
    while ((RV_FLASH_ACR & RV_ACR_LATENCY) != RV_ACR_4_WAITS) {
    }
    RV_RCC_PLL1DIVR = RV_PLL1_160_MHZ;
    RV_RCC_CR |= RV_CR_PLL1ON;
    while ((RV_RCC_CR & RV_CR_PLL1RDY) == 0U) {
    }
    RV_RCC_CFGR1 = RV_CFGR1_SW_PLL;
    while ((RV_RCC_CFGR1 & RV_CFGR1_SWS) != RV_CFGR1_SWS) {
    }
    RV_ICACHE_CR |= RV_ICACHE_ON;
}

void rv_board_init(void)
{
    rv_device_init();
    rv_clock_start();
    RV_RCC_AHB2ENR1 |= RV_AHB2_GPIOA;
    RV_RCC_APB2ENR |= RV_APB2_USART1;
    RV_RCC_CCIPR1 |= RV_CCIPR1_USART1_HSI16;
    (void)RV_RCC_APB2ENR;
    /* PA9 is USART1_TX and PA10 USART1_RX, both as function 7. */
    RV_GPIOA_AFRH = (RV_GPIOA_AFRH & ~(0xFFU << 4)) | (0x77U << 4);
    RV_GPIOA_MODER = (RV_GPIOA_MODER & ~(15U << 18)) | (10U << 18);
    rv_stm32_usart_start();
    rv_stm32_timer_start();
    rv_device_start();
}
