/* SPDX-License-Identifier: Apache-2.0 */
#include "rv_cycles.h"

#include "ranvier/board.h"

/* Debug Exception and Monitor Control, and the DWT unit (Armv7-M ARM, C1.6.5 and C1.8). */
#define RV_DEMCR (*(volatile uint32_t *)0xE000EDFCU)
#define RV_DEMCR_TRCENA (1UL << 24)
#define RV_DWT_CTRL (*(volatile uint32_t *)0xE0001000U)
#define RV_DWT_CTRL_CYCCNTENA 1U
#define RV_DWT_CYCCNT (*(volatile uint32_t *)0xE0001004U)

void rv_cycles_start(void)
{
    RV_DEMCR |= RV_DEMCR_TRCENA;
    RV_DWT_CYCCNT = 0U;
    RV_DWT_CTRL |= RV_DWT_CTRL_CYCCNTENA;
}

uint32_t rv_board_ticks(void)
{
    return RV_DWT_CYCCNT;
}

uint32_t rv_board_tick_hz(void)
{
    return RV_CLOCK_HZ;
}
