/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RV_STM32_TIMER_H
#define RV_STM32_TIMER_H

/* Let the counter of rv_board_ticks run: 32 bits of the core's clock. */
void rv_stm32_timer_start(void);

#endif
