/* SPDX-License-Identifier: Apache-2.0 */
#include "rv_rp2.h"

#include "ranvier/board.h"
#include "rv_at.h"
#include "rv_chip.h"
#include "rv_map.h"

#define RV_CLEAR(address) RV_AT((address) + 0x3000U) /* writing ones here clears those bits */

#define RV_RESET_DONE RV_AT(RV_RESETS_AT + 8U)

#define RV_CLK_REF_CTRL RV_AT(RV_CLOCKS_AT + 0x30U)
#define RV_CLK_REF_SELECTED RV_AT(RV_CLOCKS_AT + 0x38U)
#define RV_CLK_SYS_CTRL RV_AT(RV_CLOCKS_AT + 0x3CU)
#define RV_CLK_SYS_SELECTED RV_AT(RV_CLOCKS_AT + 0x44U)
#define RV_CLK_PERI_CTRL RV_AT(RV_CLOCKS_AT + 0x48U)
#define RV_CLK_REF_XOSC 2U
#define RV_CLK_SYS_REF 0U
#define RV_CLK_SYS_AUX 1U /* whose source 0 is the system PLL */
#define RV_CLK_PERI_XOSC ((1U << 11) | (4U << 5))

#define RV_XOSC_CTRL RV_AT(RV_XOSC_AT + 0x00U)
#define RV_XOSC_STATUS RV_AT(RV_XOSC_AT + 0x04U)
#define RV_XOSC_STARTUP RV_AT(RV_XOSC_AT + 0x0CU)
#define RV_XOSC_ENABLE 0x00FABAA0U /* 1 to 15 MHz */
#define RV_XOSC_STABLE (1U << 31)
#define RV_XOSC_1_MS 47U /* times 256 periods of 12 MHz */
#define RV_XOSC_HZ 12000000U

#define RV_PLL_CS RV_AT(RV_PLL_SYS_AT + 0x00U)
#define RV_PLL_POWER (RV_PLL_SYS_AT + 0x04U)
#define RV_PLL_FEEDBACK RV_AT(RV_PLL_SYS_AT + 0x08U)
#define RV_PLL_DIVIDERS RV_AT(RV_PLL_SYS_AT + 0x0CU)
#define RV_PLL_LOCKED (1U << 31)
#define RV_PLL_MAIN_AND_VCO 0x21U
#define RV_PLL_DIVIDER 0x08U
#define RV_VCO_TIMES 125U /* 1500 MHz */

#define RV_PAD_UART 0x5AU /* input on, pulled up, Schmitt trigger, 4 mA, not isolated */
#define RV_GPIO_UART 2U
#define RV_TXD 0U
#define RV_RXD 1U

#define RV_UART_DR RV_AT(RV_UART_AT + 0x00U)
#define RV_UART_FR RV_AT(RV_UART_AT + 0x18U)
#define RV_UART_IBRD RV_AT(RV_UART_AT + 0x24U)
#define RV_UART_FBRD RV_AT(RV_UART_AT + 0x28U)
#define RV_UART_LCR_H RV_AT(RV_UART_AT + 0x2CU)
#define RV_UART_CR RV_AT(RV_UART_AT + 0x30U)
#define RV_UART_IFLS RV_AT(RV_UART_AT + 0x34U)
#define RV_UART_IMSC RV_AT(RV_UART_AT + 0x38U)
#define RV_FR_RX_EMPTY (1U << 4)
#define RV_FR_TX_FULL (1U << 5)
#define RV_LCR_8_BITS_FIFO 0x70U
#define RV_CR_ON 0x301U /* the UART, its transmitter, its receiver */
#define RV_IFLS_EIGHTH 0U  /* of the FIFO's 32 bytes, */
#define RV_IMSC_RX_RT 0x50U /* and what is fewer once the line was idle for 32 bits */
#define RV_BAUD 115200U

void rv_rp2_release(uint32_t blocks)
{
    RV_CLEAR(RV_RESETS_AT) = blocks;
    while ((RV_RESET_DONE & blocks) != blocks) {
    }
}

static void rv_rp2_crystal(void)
{
    RV_XOSC_STARTUP = RV_XOSC_1_MS;
    RV_XOSC_CTRL = RV_XOSC_ENABLE;
    while ((RV_XOSC_STATUS & RV_XOSC_STABLE) == 0U) {
    }
    RV_CLK_SYS_CTRL = RV_CLK_SYS_REF;
    while (RV_CLK_SYS_SELECTED != (1U << RV_CLK_SYS_REF)) {
    }
    RV_CLK_REF_CTRL = RV_CLK_REF_XOSC;
    while (RV_CLK_REF_SELECTED != (1U << RV_CLK_REF_XOSC)) {
    }
}

static void rv_rp2_pll(void)
{
    RV_AT(RV_RESETS_AT + 0x2000U) = RV_RESET_PLL_SYS; /* ones set those bits: off, if it ran */
    rv_rp2_release(RV_RESET_PLL_SYS);
    RV_PLL_CS = 1U; /* the crystal, not divided */
    RV_PLL_FEEDBACK = RV_VCO_TIMES;
    RV_CLEAR(RV_PLL_POWER) = RV_PLL_MAIN_AND_VCO;
    while ((RV_PLL_CS & RV_PLL_LOCKED) == 0U) {
    }
    RV_PLL_DIVIDERS = (RV_PLL_DIVIDE_1 << 16) | (RV_PLL_DIVIDE_2 << 12);
    RV_CLEAR(RV_PLL_POWER) = RV_PLL_DIVIDER;
    RV_CLK_SYS_CTRL = RV_CLK_SYS_AUX;
    while (RV_CLK_SYS_SELECTED != (1U << RV_CLK_SYS_AUX)) {
    }
}

/* The divisor has six binary places (PL011, 3.3.6). */
static void rv_rp2_uart(void)
{
    const uint32_t divisor = (RV_XOSC_HZ * 4U + RV_BAUD / 2U) / RV_BAUD;

    RV_CLK_PERI_CTRL = RV_CLK_PERI_XOSC;
    rv_rp2_release(RV_RESET_IO | RV_RESET_PADS | RV_RESET_UART);
    RV_PAD(RV_TXD) = RV_PAD_UART;
    RV_PAD(RV_RXD) = RV_PAD_UART;
    RV_GPIO_CTRL(RV_TXD) = RV_GPIO_UART;
    RV_GPIO_CTRL(RV_RXD) = RV_GPIO_UART;
    RV_UART_IBRD = divisor / 64U;
    RV_UART_FBRD = divisor % 64U;
    RV_UART_LCR_H = RV_LCR_8_BITS_FIFO;
    RV_UART_IFLS = RV_IFLS_EIGHTH;
    RV_UART_IMSC = RV_IMSC_RX_RT;
    RV_UART_CR = RV_CR_ON;
}

void rv_rp2_start(void)
{
    rv_rp2_crystal();
    rv_rp2_pll();
    rv_rp2_uart();
}

/* Both interrupts go when the FIFO is empty. */
bool rv_chip_take(uint8_t *byte)
{
    const bool is_there = (RV_UART_FR & RV_FR_RX_EMPTY) == 0U;

    if (is_there) {
        *byte = (uint8_t)RV_UART_DR;
    }
    return is_there;
}

void rv_board_putc(uint8_t byte)
{
    while ((RV_UART_FR & RV_FR_TX_FULL) != 0U) {
    }
    RV_UART_DR = byte;
}
