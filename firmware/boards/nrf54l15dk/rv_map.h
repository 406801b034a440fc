/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nRF54L15 (its SVD), at the secure addresses: UARTE20, TIMER20, WDT31, P1, RESET. That TIMER20 counts 16 MHz
 * is in nrfx (NRF_TIMER_IS_16MHZ_TIMER).
 */
#ifndef RV_MAP_H
#define RV_MAP_H

#define RV_SERIAL_IRQ 198
#define RV_WAKE_IRQ 202
#define RV_WAKE_SHORTEST 64U

#define RV_TIMER_AT 0x500CA000U
#define RV_TICK_HZ 16000000U
#define RV_WATCHDOG_AT 0x50109000U
#define RV_RESETREAS_AT 0x5010E600U
#define RV_RESETREAS_DOGS 6U  /* DOG0, DOG1 */
#define RV_PORT_AT 0x500D8204U /* OUTSET; OUTCLR and DIRSET follow */

#endif
