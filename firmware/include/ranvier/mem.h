/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RANVIER_MEM_H
#define RANVIER_MEM_H

#include <stdint.h>

/* memcpy of a fixed, small size: GCC and Clang make loads of it, with no libc. */
#ifdef __GNUC__
#define RV_COPY(to, from, bytes) ((void)__builtin_memcpy((to), (from), (bytes)))
#else
#include <string.h>
#define RV_COPY(to, from, bytes) ((void)memcpy((to), (from), (bytes)))
#endif

/* Set `bytes` bytes at `to` to zero. */
void rv_zero(void *to, uint32_t bytes);

#endif
