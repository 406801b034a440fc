/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The independent watchdog (RM0394 and RM0456, IWDG): 12 bits of the oscillator LSI, 32 kHz more or less,
 * divided by 4 to 256. Nothing stops it; its time can be changed.
 */
#include "ranvier/board.h"
#include "rv_at.h"
#include "rv_chip.h"
#include "rv_map.h"

#define RV_IWDG 0x40003000U
#define RV_IWDG_KR RV_AT(RV_IWDG + 0x00U)
#define RV_IWDG_PR RV_AT(RV_IWDG + 0x04U)
#define RV_IWDG_RLR RV_AT(RV_IWDG + 0x08U)
#define RV_IWDG_SR RV_AT(RV_IWDG + 0x0CU)
#define RV_KEY_START 0xCCCCU
#define RV_KEY_UNLOCK 0x5555U
#define RV_KEY_RELOAD 0xAAAAU
#define RV_RLR_MAX 0xFFFU
#define RV_LSI_HZ 32000U
#define RV_RCC_CSR RV_AT(RV_RCC_CSR_AT)
#define RV_CSR_RMVF (1U << 23)
#define RV_CSR_IWDGRSTF (1U << 29)

/* A sixteenth more than asked for: LSI may be that much too fast. */
void rv_board_watchdog_start(uint32_t ticks)
{
    const uint32_t exact = ticks / (RV_TICK_HZ / RV_LSI_HZ) + 1U;
    uint32_t left = (exact + exact / 16U) / 4U + 1U;
    uint32_t prescaler = 0U; /* divides by 4, and by 2 for each one more */

    while (left > RV_RLR_MAX) {
        left = left / 2U + 1U;
        ++prescaler;
    }
    RV_IWDG_KR = RV_KEY_START;
    RV_IWDG_KR = RV_KEY_UNLOCK;
    RV_IWDG_PR = prescaler;
    RV_IWDG_RLR = left;
    while (RV_IWDG_SR != 0U) {
        /* the two are taken over within some periods of LSI; if not, it bites */
    }
    rv_board_watchdog_kick();
}

void rv_board_watchdog_kick(void)
{
    RV_IWDG_KR = RV_KEY_RELOAD;
}

/* RCC_CSR: IWDGRSTF, which stays until RMVF clears it. A reset by the pin does not set it. */
bool rv_chip_was_bitten(void)
{
    const bool was_bitten = (RV_RCC_CSR & RV_CSR_IWDGRSTF) != 0U;

    RV_RCC_CSR |= RV_CSR_RMVF;
    return was_bitten;
}

uint32_t rv_chip_nap(uint32_t until)
{
    return until;
}
