/* SPDX-License-Identifier: Apache-2.0 */
/* RP2350: as in pico-sdk, hardware/regs/addressmap.h and resets.h. */
#ifndef RV_RP2_MAP_H
#define RV_RP2_MAP_H

#define RV_CLOCKS_AT 0x40010000U
#define RV_RESETS_AT 0x40020000U
#define RV_IO_AT 0x40028000U
#define RV_PADS_AT 0x40038000U
#define RV_XOSC_AT 0x40048000U
#define RV_PLL_SYS_AT 0x40050000U
#define RV_UART_AT 0x40070000U

#define RV_RESET_IO (1UL << 6)
#define RV_RESET_PADS (1UL << 9)
#define RV_RESET_PLL_SYS (1UL << 14)
#define RV_RESET_UART (1UL << 26)

/* 1500 MHz / 5 / 2 = 150 MHz. */
#define RV_PLL_DIVIDE_1 5UL
#define RV_PLL_DIVIDE_2 2UL

#endif
