/* SPDX-License-Identifier: Apache-2.0 */
/* What boards on a desk share, where an emulated one has its emulator. */
#ifndef RV_DEVICE_H
#define RV_DEVICE_H

/* Let exceptions find this image's vectors, whoever started it. Call first of all. */
void rv_device_init(void);

#endif
