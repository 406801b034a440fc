/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RANVIER_MEM_H
#define RANVIER_MEM_H

#include <stdint.h>

/* Set `bytes` bytes at `to` to zero. */
void rv_zero(void *to, uint32_t bytes);

#endif
