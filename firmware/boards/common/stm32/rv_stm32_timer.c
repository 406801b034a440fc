/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TIM2 as the clock of ticks and steps, which counts while the core sleeps (RM0394 and RM0456, general-purpose
 * timers): 32 bits, not divided. Channel 1 compares and drives nothing: the alarm.
 */
#include "rv_stm32_timer.h"

#include "ranvier/board.h"
#include "rv_at.h"
#include "rv_chip.h"
#include "rv_map.h"

#define RV_TIM2 0x40000000U
#define RV_TIM2_CR1 RV_AT(RV_TIM2 + 0x00U)
#define RV_TIM2_DIER RV_AT(RV_TIM2 + 0x0CU)
#define RV_TIM2_SR RV_AT(RV_TIM2 + 0x10U) /* zeros clear, ones leave alone */
#define RV_TIM2_CNT RV_AT(RV_TIM2 + 0x24U)
#define RV_TIM2_PSC RV_AT(RV_TIM2 + 0x28U)
#define RV_TIM2_ARR RV_AT(RV_TIM2 + 0x2CU)
#define RV_TIM2_CCR1 RV_AT(RV_TIM2 + 0x34U)
#define RV_CR1_ON 1U
#define RV_DIER_CC1 2U
#define RV_APB1_TIM2 1U

void rv_stm32_timer_start(void)
{
    RV_AT(RV_TIMER_CLOCK_AT) |= RV_APB1_TIM2;
    (void)RV_AT(RV_TIMER_CLOCK_AT);
    RV_TIM2_PSC = 0U;
    RV_TIM2_ARR = 0xFFFFFFFFU;
    RV_TIM2_DIER = RV_DIER_CC1;
    RV_TIM2_CR1 = RV_CR1_ON;
}

uint32_t rv_board_ticks(void)
{
    return RV_TIM2_CNT;
}

void rv_chip_wake_at(uint32_t until)
{
    RV_TIM2_CCR1 = until;
    RV_TIM2_SR = 0U;
}

void rv_chip_wake_off(void)
{
    RV_TIM2_SR = 0U;
}
