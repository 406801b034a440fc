/* SPDX-License-Identifier: Apache-2.0 */
/* RP2350: as in pico-sdk, hardware/regs: addressmap.h, resets.h, intctrl.h, timer.h, sio.h, psm.h. */
#ifndef RV_MAP_H
#define RV_MAP_H

#define RV_SERIAL_IRQ 33
#define RV_WAKE_IRQ 0
#define RV_WAKE_SHORTEST 64U
#define RV_TICK_HZ RV_CLOCK_HZ
#define RV_TICKS_EACH 1U /* the timer counts cycles */

#define RV_CLOCKS_AT 0x40010000U
#define RV_RESETS_AT 0x40020000U
#define RV_IO_AT 0x40028000U
#define RV_PADS_AT 0x40038000U
#define RV_XOSC_AT 0x40048000U
#define RV_PLL_SYS_AT 0x40050000U
#define RV_UART_AT 0x40070000U

#define RV_WATCHDOG_AT 0x400D8000U
#define RV_WATCHDOG_A_US 1U
#define RV_TIMER_AT 0x400B0000U
#define RV_TIMER_INTR_AT (RV_TIMER_AT + 0x3CU) /* INTE is next */
#define RV_PSM_AT 0x40018000U
#define RV_PSM_ALL_BUT_CLOCKS 0x1FFFFF3U /* not the two oscillators */
#define RV_SIO_OUT_SET_AT 0xD0000018U
#define RV_SIO_OUT_CLR_AT 0xD0000020U
#define RV_SIO_OE_SET_AT 0xD0000038U

#define RV_RESET_IO (1U << 6)
#define RV_RESET_PADS (1U << 9)
#define RV_RESET_PLL_SYS (1U << 14)
#define RV_RESET_TIMER (1U << 23)
#define RV_RESET_UART (1U << 26)

/* 1500 MHz / 5 / 2 = 150 MHz. */
#define RV_PLL_DIVIDE_1 5U
#define RV_PLL_DIVIDE_2 2U

#endif
