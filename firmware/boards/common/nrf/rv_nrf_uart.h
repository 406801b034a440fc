/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UART 0 of the nRF51 and nRF52, the one without DMA: nRF51 Series Reference Manual 3.0, 29; the
 * nRF52840's SVD. 115200 baud.
 */
#ifndef RV_NRF_UART_H
#define RV_NRF_UART_H

#include <stdbool.h>
#include <stdint.h>

/* Switch it and its interrupt on; where it needs pins, they must be chosen already. */
void rv_nrf_uart_start(void);

/* Whether a byte waits to be taken. */
bool rv_nrf_uart_full(void);

/* Take the byte that waits. */
uint8_t rv_nrf_uart_take(void);

#endif
