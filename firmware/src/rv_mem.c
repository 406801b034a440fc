/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The four libc functions that gcc calls of its own accord, also in freestanding code (GCC
 * manual, 2.1). Compile with -fno-tree-loop-distribute-patterns, or each becomes a call of itself.
 */
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict dst, const void *restrict src, size_t length);
void *memmove(void *dst, const void *src, size_t length);
void *memset(void *dst, int value, size_t length);
int memcmp(const void *left, const void *right, size_t length);

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

void *memmove(void *dst, const void *src, size_t length)
{
    uint8_t *to = dst;
    const uint8_t *from = src;

    if ((uintptr_t)to <= (uintptr_t)from) {
        for (size_t i = 0U; i < length; ++i) {
            to[i] = from[i];
        }
    } else {
        for (size_t i = length; i > 0U; --i) {
            to[i - 1U] = from[i - 1U];
        }
    }
    return dst;
}

int memcmp(const void *left, const void *right, size_t length)
{
    const uint8_t *a = left;
    const uint8_t *b = right;
    int difference = 0;

    for (size_t i = 0U; (i < length) && (difference == 0); ++i) {
        difference = (int)a[i] - (int)b[i];
    }
    return difference;
}
