/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Columns of 8-bit weights in 16-bit sums on cores that have no instruction for two halves: a word
 * holds two sums, and one addition adds to both. Weights are stored 128 too large and never negative,
 * so that a mask brings two of them into the halves of a word, and a shift by 8 and the mask the other
 * two: four lie in flash as 0 2 1 3, which leaves the sums in their own order.
 *
 * Meanwhile each half is 2^15 too large, and starts without what n events bring too much. A word then
 * is high * 2^16 + low, whatever the two are on the way: all is added modulo 2^32, and in the end both
 * are what fits 16 bits, as proved, plus 2^15: nothing is borrowed any more, however many events came.
 */
#ifndef RV_EVENTS_PACKED_H
#define RV_EVENTS_PACKED_H

#include "ranvier/arith.h"
#include "ranvier/events.h"

#define RV_HALVES 0x00FF00FFU /* the bytes that are added */
#define RV_TOPS 0x80008000U   /* 2^15 in both halves */
#define RV_BIAS 0x00800080U   /* 128 in both halves */

/* An array of int16_t on a word boundary, two at a time: the low half comes first. */
typedef uint32_t __attribute__((may_alias)) rv_packed_t;

/* What two sums start from, n * 128 being `surplus` in both halves: 0, or what is there. */
RV_INLINE uint32_t rv_packed_start(const rv_packed_t *sums, uint32_t surplus, int first)
{
    return ((first != 0) ? RV_TOPS : (*sums ^ RV_TOPS)) - surplus;
}

/* One event: nothing is kept from one word to the next. */
RV_INLINE void rv_events_packed_lone(const rv_packed_t *restrict column, rv_packed_t *restrict to,
                                     const rv_packed_t *end, int first)
{
    while (to != end) {
        const uint32_t four = *column;
        const uint32_t a = rv_packed_start(&to[0], RV_BIAS, first);
        const uint32_t b = rv_packed_start(&to[1], RV_BIAS, first);

        to[0] = (a + (four & RV_HALVES)) ^ RV_TOPS;
        to[1] = (b + ((four >> 8) & RV_HALVES)) ^ RV_TOPS;
        ++column;
        to += 2;
    }
}

/* Several, for eight targets at a time. */
RV_INLINE void rv_events_packed_tiles(const uint8_t *restrict w, uint32_t stride,
                                      const uint16_t *restrict events, rv_packed_t *restrict to,
                                      const rv_packed_t *end, int first)
{
    const uint16_t *const behind = &events[events[0] + 1U];
    const uint32_t surplus = RV_BIAS * events[0];

    while (to != end) {
        uint32_t a = rv_packed_start(&to[0], surplus, first);
        uint32_t b = rv_packed_start(&to[1], surplus, first);
        uint32_t c = rv_packed_start(&to[2], surplus, first);
        uint32_t d = rv_packed_start(&to[3], surplus, first);

        for (const uint16_t *event = &events[1]; event != behind; ++event) {
            const rv_packed_t *word = (const rv_packed_t *)(const void *)&w[*event * stride];
            const uint32_t low = word[0];
            const uint32_t high = word[1];

            a += low & RV_HALVES;
            b += (low >> 8) & RV_HALVES;
            c += high & RV_HALVES;
            d += (high >> 8) & RV_HALVES;
        }
        to[0] = a ^ RV_TOPS;
        to[1] = b ^ RV_TOPS;
        to[2] = c ^ RV_TOPS;
        to[3] = d ^ RV_TOPS;
        to += 4;
        w += 8;
    }
}

/* With `first` the sums replace what is there, else they are added to it. */
RV_INLINE void rv_events_packed(const uint8_t *restrict w, uint32_t stride,
                                const uint16_t *restrict events, rv_packed_t *restrict sums,
                                int first)
{
    const rv_packed_t *const end = &sums[stride / 2U];

    if (events[0] == 1U) {
        const void *const column = &w[events[1] * stride];

        rv_events_packed_lone(column, sums, end, first);
    } else {
        rv_events_packed_tiles(w, stride, events, sums, end, first);
    }
}

#endif
