/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of the host, kept by an interrupt until they are asked for. */
#ifndef RV_SERIAL_H
#define RV_SERIAL_H

#include <stdbool.h>

/* What a busy step leaves unread: 22 ms at 115200 baud. A power of two. */
#define RV_SERIAL_BYTES 256U

/* The handler of RV_SERIAL_IRQ. Does nothing else: above all it never kicks the watchdog. */
void rv_serial_irq(void);

/* Whether a byte waits. */
bool rv_serial_full(void);

#endif
