/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two libc functions that gcc calls of its own accord, also in freestanding code.
 * Compile with -fno-tree-loop-distribute-patterns, or each becomes a call of itself.
 */
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict dst, const void *restrict src, size_t length);
void *memset(void *dst, int value, size_t length);

void *memcpy(void *restrict dst, const void *restrict src, size_t length)
{
    uint8_t *to = dst;
    const uint8_t *from = src;

    for (size_t i = 0U; i < length; ++i) {
        to[i] = from[i];
    }
    return dst;
}

void *memset(void *dst, int value, size_t length)
{
    uint8_t *to = dst;

    for (size_t i = 0U; i < length; ++i) {
        to[i] = (uint8_t)value;
    }
    return dst;
}
