/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A convolution of events as runs of words. A word is high * 2^16 + low of two sums, whatever they are
 * on the way: all is added modulo 2^32, and in the end both fit 16 bits, as proved. `low` has then
 * borrowed from `high` where it is negative, which adding 2^15 gives back.
 */
#ifndef RV_RUNS_H
#define RV_RUNS_H

#include <stddef.h>

#include "ranvier/arith.h"
#include "ranvier/events.h"

/* to[k] += w[k] for n words, a multiple of 4 and not 0. */
RV_INLINE void rv_run(uint32_t *restrict to, const uint32_t *restrict w, uint32_t n)
{
#if defined(__ARM_FEATURE_MVE)
    uint32_t fours = n / 4U;

    __asm__ volatile("dls lr, %[n]\n"
                     "1: vldrw.u32 q0, [%[w]], #16\n"
                     "vldrw.u32 q1, [%[to]]\n"
                     "vadd.i32 q0, q0, q1\n"
                     "vstrw.32 q0, [%[to]], #16\n"
                     "le lr, 1b\n"
                     : [to] "+r"(to), [w] "+r"(w)
                     : [n] "r"(fours)
                     : "q0", "q1", "lr", "cc", "memory");
#elif defined(__thumb2__)
    const uint32_t *const end = &w[n];

    __asm__ volatile("1: ldmia %[w]!, {r4, r5, r6, r8}\n"
                     "ldmia %[to], {r9, r10, r11, r12}\n"
                     "add r4, r4, r9\n"
                     "add r5, r5, r10\n"
                     "add r6, r6, r11\n"
                     "add r8, r8, r12\n"
                     "stmia %[to]!, {r4, r5, r6, r8}\n"
                     "cmp %[w], %[end]\n"
                     "bne 1b\n"
                     : [to] "+r"(to), [w] "+r"(w)
                     : [end] "r"(end)
                     : "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "cc", "memory");
#else
    const uint32_t *const end = &w[n];

    while (w != end) {
        const uint32_t a = w[0] + to[0];
        const uint32_t b = w[1] + to[1];
        const uint32_t c = w[2] + to[2];
        const uint32_t d = w[3] + to[3];

        to[0] = a;
        to[1] = b;
        to[2] = c;
        to[3] = d;
        w += 4;
        to += 4;
    }
#endif
}

RV_INLINE void rv_runs_add(const rv_runs_t *p, const uint32_t *restrict w,
                           const uint16_t *restrict events, uint32_t *restrict tile)
{
    const uint16_t n = events[0];
    uint32_t first = 0U; /* the channel's first address */

    for (uint16_t e = 1U; e <= n; ++e) {
        const rv_span_t *row;
        const rv_span_t *col;
        const uint32_t *tap;
        uint32_t *to;
        uint32_t at = events[e] - first;
        uint32_t y;

        while (at >= p->size) {
            at -= p->size;
            first += p->size;
            w += p->taps;
        }
        y = (at * p->inverse) >> 16;
        row = &p->rows[y];
        col = &p->cols[at - (y * p->width)];
        if (col->n == 0U) {
            continue;
        }
        tap = &w[(uint32_t)row->tap + col->tap];
        to = &tile[(uint32_t)row->out + col->out];
        for (uint16_t r = row->n; r != 0U; --r) {
            rv_run(to, tap, col->n);
            tap += p->row_tap;
            to += p->row_out;
        }
    }
}

/* Two sums go where they belong. Where channels are odd in number, the last has no second: `b` is `a`
 * then, and what belongs to neither is 0. */
RV_INLINE void rv_runs_put(uint32_t *word, int16_t *a, int16_t *b, int first)
{
    const uint32_t both = *word;
    const int32_t low = (int32_t)(both & 0xFFFFU);
    const int32_t high = (int32_t)((both + 0x8000U) >> 16);

    *word = 0U;
    *b = rv_wrap16((first != 0) ? high : (*b + high));
    *a = rv_wrap16((first != 0) ? low : (*a + low));
}

RV_INLINE void rv_runs_take(const rv_runs_t *p, uint32_t *restrict tile, int16_t *sums, int first)
{
    const size_t step = p->words;
    const size_t plane = p->plane;

    for (uint32_t c = 0U; c < p->channels; c += 2U) {
        uint32_t *word = &tile[c / 2U];
        int16_t *a = &sums[c * plane];
        int16_t *b = ((c + 1U) < p->channels) ? &a[plane] : a;
        const int16_t *const end = &a[plane];

        if ((plane & 1U) != 0U) {
            rv_runs_put(word, a, b, first);
            word += step;
            ++a;
            ++b;
        }
        while (a != end) {
            rv_runs_put(word, &a[0], &b[0], first);
            word += step;
            rv_runs_put(word, &a[1], &b[1], first);
            word += step;
            a += 2;
            b += 2;
        }
    }
}

#endif
