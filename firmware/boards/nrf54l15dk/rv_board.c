/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nRF54L15-DK: 128 MHz, UARTE 20 to the interface chip's serial port, TXD on P1.04 and RXD on P1.05.
 * Everything is secure, as after reset. Registers: nRF54L15 SVD, peripherals CLOCK, OSCILLATORS, P1, UARTE20;
 * docs/boards.md says more.
 */
#include "ranvier/board.h"

#include "rv_at.h"
#include "rv_chip.h"
#include "rv_device.h"
#include "rv_nrf54l.h"
#include "rv_nrf_timer.h"

#define RV_CLOCK_XOSTART RV_AT(0x5010E000U)
#define RV_CLOCK_XOSTARTED RV_AT(0x5010E100U)
#define RV_PLL_FREQ RV_AT(0x50120800U)
#define RV_PLL_CURRENT RV_AT(0x50120804U)
#define RV_PLL_128_MHZ 1U

#define RV_P1_OUTSET RV_AT(0x500D8204U)
#define RV_P1_DIRSET RV_AT(0x500D8214U)
#define RV_P1_CONFIG(pin) RV_AT(0x500D8280U + 4U * (pin))
#define RV_PIN_INPUT_PULLED_UP 0xCU
#define RV_TXD 4U
#define RV_RXD 5U
#define RV_PORT_1 (1U << 5) /* in PSEL */

#define RV_UARTE 0x500C6000U
#define RV_UARTE_RX_START RV_AT(RV_UARTE + 0x028U)
#define RV_UARTE_TX_START RV_AT(RV_UARTE + 0x050U)
#define RV_UARTE_RX_END RV_AT(RV_UARTE + 0x14CU)
#define RV_UARTE_TX_END RV_AT(RV_UARTE + 0x168U)
#define RV_UARTE_INTENSET RV_AT(RV_UARTE + 0x304U)
#define RV_UARTE_RX_END_TELLS (1U << 19)
#define RV_UARTE_ENABLE RV_AT(RV_UARTE + 0x500U)
#define RV_UARTE_BAUDRATE RV_AT(RV_UARTE + 0x524U)
#define RV_UARTE_TXD_PIN RV_AT(RV_UARTE + 0x604U)
#define RV_UARTE_RXD_PIN RV_AT(RV_UARTE + 0x60CU)
#define RV_UARTE_RX_PTR RV_AT(RV_UARTE + 0x704U)
#define RV_UARTE_RX_MAXCNT RV_AT(RV_UARTE + 0x708U)
#define RV_UARTE_TX_PTR RV_AT(RV_UARTE + 0x73CU)
#define RV_UARTE_TX_MAXCNT RV_AT(RV_UARTE + 0x740U)
#define RV_UARTE_ON 8U
#define RV_UARTE_115200 0x01D60000U

/* The peripheral reads and writes these by itself. */
static volatile uint8_t rv_received;
static volatile uint8_t rv_sending;

static void rv_clock_start(void)
{
    RV_PLL_FREQ = RV_PLL_128_MHZ;
    while (RV_PLL_CURRENT != RV_PLL_128_MHZ) {
    }
    RV_CLOCK_XOSTARTED = 0U;
    RV_CLOCK_XOSTART = 1U;
    while (RV_CLOCK_XOSTARTED == 0U) {
    }
}

void rv_board_init(void)
{
    rv_device_init();
    if (!rv_nrf54l_settle()) {
        rv_board_exit(1U); /* nothing decodes, the pin stays safe */
    }
    rv_clock_start();
    RV_P1_OUTSET = 1U << RV_TXD;
    RV_P1_DIRSET = 1U << RV_TXD;
    RV_P1_CONFIG(RV_RXD) = RV_PIN_INPUT_PULLED_UP;
    RV_UARTE_TXD_PIN = RV_PORT_1 | RV_TXD;
    RV_UARTE_RXD_PIN = RV_PORT_1 | RV_RXD;
    RV_UARTE_BAUDRATE = RV_UARTE_115200;
    RV_UARTE_ENABLE = RV_UARTE_ON;
    RV_UARTE_RX_PTR = (uint32_t)(uintptr_t)&rv_received;
    RV_UARTE_RX_MAXCNT = 1U;
    RV_UARTE_TX_PTR = (uint32_t)(uintptr_t)&rv_sending;
    RV_UARTE_TX_MAXCNT = 1U;
    RV_UARTE_RX_END = 0U;
    RV_UARTE_INTENSET = RV_UARTE_RX_END_TELLS;
    RV_UARTE_RX_START = 1U;
    rv_nrf_timer_start();
    rv_device_start();
}

/* One byte a transfer: the next may begin at once, and the receiver keeps what comes in between. */
bool rv_chip_take(uint8_t *byte)
{
    const bool is_there = RV_UARTE_RX_END != 0U;

    if (is_there) {
        RV_UARTE_RX_END = 0U;
        *byte = rv_received;
        RV_UARTE_RX_START = 1U;
    }
    return is_there;
}

void rv_board_putc(uint8_t byte)
{
    rv_sending = byte;
    RV_UARTE_TX_END = 0U;
    RV_UARTE_TX_START = 1U;
    while (RV_UARTE_TX_END == 0U) {
    }
}
