/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RANVIER_MEM_H
#define RANVIER_MEM_H

#include <stdint.h>

#include "ranvier/arith.h"

/* memcpy and memset: GCC and Clang make loads and stores of those of a small, fixed size. */
#ifdef __GNUC__
#define RV_COPY(to, from, bytes) ((void)__builtin_memcpy((to), (from), (bytes)))
#define RV_CLEAR(to, bytes) ((void)__builtin_memset((to), 0, (bytes)))
#else
#include <string.h>
#define RV_COPY(to, from, bytes) ((void)memcpy((to), (from), (bytes)))
#define RV_CLEAR(to, bytes) ((void)memset((to), 0, (bytes)))
#endif

/* Whether the core reads words at multiples of 4 alone: compilers then copy others by bytes. */
#ifndef RV_WORDS_ALIGNED
#if defined(__riscv) || (defined(__thumb__) && !defined(__ARM_FEATURE_UNALIGNED))
#define RV_WORDS_ALIGNED 1
#else
#define RV_WORDS_ALIGNED 0
#endif
#endif

/* The word, lowest byte first, that four bytes are, wherever they lie. */
RV_INLINE uint32_t rv_word(const uint8_t *from)
{
    uint32_t word;

#if RV_WORDS_ALIGNED && defined(__GNUC__)
    if (((uintptr_t)from & 3U) != 0U) {
        return (uint32_t)from[0] | ((uint32_t)from[1] << 8) | ((uint32_t)from[2] << 16) |
               ((uint32_t)from[3] << 24);
    }
    from = __builtin_assume_aligned(from, sizeof word);
#endif
    RV_COPY(&word, from, sizeof word);
    return word;
}

/* Set `bytes` bytes at `to` to zero. */
void rv_zero(void *to, uint32_t bytes);

#endif
