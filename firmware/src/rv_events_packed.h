/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Columns of 8-bit weights in 16-bit sums on cores that have no instruction for two halves: a word
 * holds two sums, and one addition adds to both. So that none borrows from the other, weights are
 * stored 128 too large and never negative: the lower sum of n events is at most 255 n, which stays
 * below 2^16 for the 257 events that a step has at most. What is too much is taken off at the end.
 *
 * Four weights lie in flash as 0 2 1 3: a mask leaves the first two in the halves of a word, and a
 * shift by 8 and the mask the other two, which leaves the sums in their own order.
 */
#ifndef RV_EVENTS_PACKED_H
#define RV_EVENTS_PACKED_H

#include "ranvier/arith.h"
#include "ranvier/events.h"

#define RV_HALVES 0x00FF00FFUL
#define RV_BIAS 128U

/* An array of int16_t on a word boundary, two at a time: the low half comes first. */
typedef uint32_t __attribute__((may_alias)) rv_packed_t;

/* The halves of `sum`, less what n events brought too much, each added to its half of `more`. */
RV_INLINE uint32_t rv_packed_sums(uint32_t sum, uint32_t n, uint32_t more)
{
    const uint32_t low = (sum + more) - (RV_BIAS * n);
    const uint32_t high = (sum >> 16) + (more >> 16) - (RV_BIAS * n);

    return (low & 0xFFFFU) | (high << 16);
}

/* Eight targets at a time; with `first` the sums replace what is there, else they are added. */
RV_INLINE void rv_events_packed(const uint8_t *restrict w, uint32_t stride,
                                const uint16_t *restrict events, rv_packed_t *restrict sums,
                                int first)
{
    const uint32_t n = events[0];

    for (uint32_t tile = 0U; tile < stride; tile += 8U) {
        const uint8_t *const column = &w[tile];
        rv_packed_t *const to = &sums[tile / 2U];
        uint32_t a = 0U;
        uint32_t b = 0U;
        uint32_t c = 0U;
        uint32_t d = 0U;

        for (const uint16_t *event = &events[n]; event != events; --event) {
            const rv_packed_t *word = (const rv_packed_t *)(const void *)&column[*event * stride];
            const uint32_t low = word[0];
            const uint32_t high = word[1];

            a += low & RV_HALVES;
            b += (low >> 8) & RV_HALVES;
            c += high & RV_HALVES;
            d += (high >> 8) & RV_HALVES;
        }
        to[0] = rv_packed_sums(a, n, (first != 0) ? 0U : to[0]);
        to[1] = rv_packed_sums(b, n, (first != 0) ? 0U : to[1]);
        to[2] = rv_packed_sums(c, n, (first != 0) ? 0U : to[2]);
        to[3] = rv_packed_sums(d, n, (first != 0) ? 0U : to[3]);
    }
}

#endif
