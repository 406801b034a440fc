/* SPDX-License-Identifier: Apache-2.0 */
/* nRF52840 (its SVD): UART0, TIMER0, WDT, P0, POWER. */
#ifndef RV_MAP_H
#define RV_MAP_H

#define RV_SERIAL_IRQ 2
#define RV_WAKE_IRQ 8
#define RV_WAKE_SHORTEST 64U

#define RV_TIMER_AT 0x40008000U
#define RV_TICK_HZ 16000000U /* of PCLK16M, whatever the core's clock is */
#define RV_WATCHDOG_AT 0x40010000U
#define RV_RESETREAS_AT 0x40000400U
#define RV_RESETREAS_DOGS 2U  /* DOG */
#define RV_PORT_AT 0x50000508U /* OUTSET; OUTCLR and DIRSET follow */

#endif
