/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RANVIER_MEM_H
#define RANVIER_MEM_H

#include <stdint.h>

/* memcpy and memset: GCC and Clang make loads and stores of those of a small, fixed size. */
#ifdef __GNUC__
#define RV_COPY(to, from, bytes) ((void)__builtin_memcpy((to), (from), (bytes)))
#define RV_CLEAR(to, bytes) ((void)__builtin_memset((to), 0, (bytes)))
#else
#include <string.h>
#define RV_COPY(to, from, bytes) ((void)memcpy((to), (from), (bytes)))
#define RV_CLEAR(to, bytes) ((void)memset((to), 0, (bytes)))
#endif

/* Set `bytes` bytes at `to` to zero. */
void rv_zero(void *to, uint32_t bytes);

#endif
