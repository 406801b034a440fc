/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RV_NRF_TIMER_H
#define RV_NRF_TIMER_H

/* Let the counter of rv_board_ticks run: 32 bits at 16 MHz. */
void rv_nrf_timer_start(void);

#endif
