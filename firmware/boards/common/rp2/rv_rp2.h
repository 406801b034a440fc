/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What RP2040 and RP2350 share: crystal, system PLL, and UART 0 (Arm's PL011, DDI 0183G, chapter 3) on GPIO 0
 * and 1 at 115200 baud, polled. Registers: RP2040 Datasheet (RESETS 2.14, CLOCKS 2.15, XOSC 2.16, PLL
 * 2.18, GPIO 2.19, UART 4.2); RP2350 Datasheet (RESETS 7.5, CLOCKS 8.1, XOSC 8.2, PLL 8.6, GPIO 9.11,
 * UART 12.1). The board's rv_rp2_map.h says where each chip has them.
 */
#ifndef RV_RP2_H
#define RV_RP2_H

/* Run from the crystal and the PLL, and open the serial port. */
void rv_rp2_start(void);

#endif
