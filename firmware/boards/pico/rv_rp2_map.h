/* SPDX-License-Identifier: Apache-2.0 */
/* RP2040: as in pico-sdk, hardware/regs/addressmap.h and resets.h. */
#ifndef RV_RP2_MAP_H
#define RV_RP2_MAP_H

#define RV_CLOCKS_AT 0x40008000U
#define RV_RESETS_AT 0x4000C000U
#define RV_IO_AT 0x40014000U
#define RV_PADS_AT 0x4001C000U
#define RV_XOSC_AT 0x40024000U
#define RV_PLL_SYS_AT 0x40028000U
#define RV_UART_AT 0x40034000U

#define RV_RESET_IO (1UL << 5)
#define RV_RESET_PADS (1UL << 8)
#define RV_RESET_PLL_SYS (1UL << 12)
#define RV_RESET_TIMER (1UL << 21)
#define RV_RESET_UART (1UL << 22)

/* 1500 MHz / 6 / 2 = 125 MHz. */
#define RV_PLL_DIVIDE_1 6UL
#define RV_PLL_DIVIDE_2 2UL

#endif
