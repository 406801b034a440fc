/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What RP2040 and RP2350 share: crystal, system PLL, and UART 0 (Arm's PL011, DDI 0183G, chapter 3) on GPIO 0
 * and 1 at 115200 baud, received by interrupt. Registers: the datasheets' chapters on resets, clocks, XOSC, PLL, GPIO and
 * UART, as in the headers that Raspberry Pi makes from them (pico-sdk, hardware/regs). The board's
 * rv_map.h says where each chip has them.
 */
#ifndef RV_RP2_H
#define RV_RP2_H

#include <stdint.h>

#define RV_PAD(gpio) RV_AT(RV_PADS_AT + 4U + 4U * (gpio))
#define RV_GPIO_CTRL(gpio) RV_AT(RV_IO_AT + 4U + 8U * (gpio))

/* Take these out of reset. */
void rv_rp2_release(uint32_t blocks);

/* Run from the crystal and the PLL, and open the serial port. */
void rv_rp2_start(void);

#endif
