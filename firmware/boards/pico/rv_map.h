/* SPDX-License-Identifier: Apache-2.0 */
/* RP2040: as in pico-sdk, hardware/regs: addressmap.h, resets.h, intctrl.h, timer.h, sio.h, psm.h. */
#ifndef RV_MAP_H
#define RV_MAP_H

#define RV_SERIAL_IRQ 20
#define RV_WAKE_IRQ 0
#define RV_WAKE_SHORTEST 250U
#define RV_TICK_HZ RV_CLOCK_HZ
#define RV_TICKS_EACH 125U /* of what the timer counts, microseconds */

#define RV_CLOCKS_AT 0x40008000U
#define RV_RESETS_AT 0x4000C000U
#define RV_IO_AT 0x40014000U
#define RV_PADS_AT 0x4001C000U
#define RV_XOSC_AT 0x40024000U
#define RV_PLL_SYS_AT 0x40028000U
#define RV_UART_AT 0x40034000U

#define RV_WATCHDOG_AT 0x40058000U
#define RV_WATCHDOG_A_US 2U /* it counts each of its ticks twice (erratum RP2040-E1) */
#define RV_TIMER_AT 0x40054000U
#define RV_TIMER_INTR_AT (RV_TIMER_AT + 0x34U) /* INTE is next */
#define RV_PSM_AT 0x40010000U
#define RV_PSM_ALL_BUT_CLOCKS 0x1FFFCU /* not the two oscillators */
#define RV_SIO_OUT_SET_AT 0xD0000014U
#define RV_SIO_OUT_CLR_AT 0xD0000018U
#define RV_SIO_OE_SET_AT 0xD0000024U

#define RV_RESET_IO (1U << 5)
#define RV_RESET_PADS (1U << 8)
#define RV_RESET_PLL_SYS (1U << 12)
#define RV_RESET_TIMER (1U << 21)
#define RV_RESET_UART (1U << 22)

/* 1500 MHz / 6 / 2 = 125 MHz. */
#define RV_PLL_DIVIDE_1 6U
#define RV_PLL_DIVIDE_2 2U

#endif
