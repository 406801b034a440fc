/* SPDX-License-Identifier: Apache-2.0 */
/* What boards on a desk share, where an emulated one has its emulator. */
#ifndef RV_DEVICE_H
#define RV_DEVICE_H

/*
 * Drive the safe pin, and let exceptions find this image's vectors, whoever started it. Call first of
 * all: what follows may wait for a crystal that is not there.
 */
void rv_device_init(void);

/* Let interrupts through. Call last, when bytes can be taken. */
void rv_device_start(void);

#endif
