/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Weights of 4 or 2 bits in 16-bit sums, as many at once as a word holds. Events are first added up
 * in fields of twice the bits: 17 of 4 bits (0..15) fill a byte, 5 of 2 bits (0..3) fill 4 bits. Only
 * then are these taken apart, and added to sums as those of a byte are (rv_events_packed.h).
 *
 * Of two neighbouring fields the upper one is masked and added; both are added as they lie in the word,
 * modulo 2^32. What that sum is too large by is the sum of the upper fields, shifted: it is taken off
 * once, and what is left fits.
 */
#ifndef RV_SUBBYTE_PACKED_H
#define RV_SUBBYTE_PACKED_H

#include "ranvier/subbyte.h"
#include "rv_events_packed.h"

#define RV_UPPER_4 0x0F0F0F0FU
#define RV_UPPER_2 0x33333333U
#define RV_PAIR_4 0x000F000FU
#define RV_PAIR_2 0x00030003U
#define RV_BIAS_4 0x00080008U
#define RV_BIAS_2 0x00020002U

/* Add the four bytes of a word to four sums. */
RV_INLINE void rv_subbyte_four(uint32_t bytes, uint32_t surplus, int first,
                               rv_packed_t *restrict to)
{
    const uint32_t a = rv_packed_start(&to[0], surplus, first);
    const uint32_t b = rv_packed_start(&to[1], surplus, first);

    to[0] = (a + (bytes & RV_HALVES)) ^ RV_TOPS;
    to[1] = (b + ((bytes >> 8) & RV_HALVES)) ^ RV_TOPS;
}

/* Add the fields of a word that start at bits `at` and `at` + 8 to four sums. */
RV_INLINE void rv_subbyte_apart(uint32_t word, uint32_t at, uint32_t bits, int first,
                                rv_packed_t *restrict to)
{
    const uint32_t pair = (bits == 4U) ? RV_PAIR_4 : RV_PAIR_2;
    const uint32_t bias = (bits == 4U) ? RV_BIAS_4 : RV_BIAS_2;
    const uint32_t a = rv_packed_start(&to[0], bias, first);
    const uint32_t b = rv_packed_start(&to[1], bias, first);

    to[0] = (a + ((word >> at) & pair)) ^ RV_TOPS;
    to[1] = (b + ((word >> (at + 8U)) & pair)) ^ RV_TOPS;
}

/* One event: a mask of both halves takes two fields that stand 16 bits apart to their sums. */
RV_INLINE void rv_subbyte_lone(const rv_packed_t *restrict column, uint32_t bits,
                               rv_packed_t *restrict to, const rv_packed_t *end, int first)
{
    while (to != end) {
        const uint32_t word = *column;

        rv_subbyte_apart(word, 0U, bits, first, &to[0]);
        rv_subbyte_apart(word, 4U, bits, first, &to[2]);
        if (bits == 2U) {
            rv_subbyte_apart(word, 2U, bits, first, &to[4]);
            rv_subbyte_apart(word, 6U, bits, first, &to[6]);
        }
        to += 16U / bits;
        ++column;
    }
}

/* One to 17 events of 4 bits, or to 5 of 2 bits: those from `event` to `behind`. */
RV_INLINE void rv_subbyte_some(const uint8_t *restrict w, uint32_t bytes, uint32_t bits,
                               const uint16_t *restrict event, const uint16_t *behind,
                               rv_packed_t *restrict to, const rv_packed_t *end, int first)
{
    const uint32_t upper = (bits == 4U) ? RV_UPPER_4 : RV_UPPER_2;
    const uint32_t bias = (bits == 4U) ? RV_BIAS_4 : RV_BIAS_2;
    const uint32_t surplus = bias * (uint32_t)(behind - event);

    while (to != end) {
        uint32_t both = 0U;
        uint32_t odd = 0U;

        const uint16_t *e = event;

        do {
            const uint32_t word = *(const rv_packed_t *)(const void *)&w[*e * bytes];

            both += word;
            odd += (word >> bits) & upper;
            ++e;
        } while (e != behind);
        both -= odd << bits;
        if (bits == 4U) {
            rv_subbyte_four(both, surplus, first, &to[0]);
            rv_subbyte_four(odd, surplus, first, &to[2]);
        } else {
            rv_subbyte_four(both & RV_UPPER_4, surplus, first, &to[0]);
            rv_subbyte_four((both >> 4) & RV_UPPER_4, surplus, first, &to[2]);
            rv_subbyte_four(odd & RV_UPPER_4, surplus, first, &to[4]);
            rv_subbyte_four((odd >> 4) & RV_UPPER_4, surplus, first, &to[6]);
        }
        to += 16U / bits;
        w += 4;
    }
}

/* With `first` the sums replace what is there, else they are added to it. */
RV_INLINE void rv_subbyte_packed(const uint8_t *restrict w, uint32_t stride, uint32_t bits,
                                 const uint16_t *restrict events, rv_packed_t *restrict sums,
                                 int first)
{
    const uint32_t most = (bits == 4U) ? 17U : 5U;
    const uint32_t bytes = stride / (8U / bits);
    const rv_packed_t *const end = &sums[stride / 2U];
    const uint16_t *event = &events[1];
    uint32_t left = events[0];
    uint32_t n = (left < most) ? left : most;

    if (left == 1U) {
        const void *const column = &w[*event * bytes];

        rv_subbyte_lone(column, bits, sums, end, first);
        return;
    }
    if (left == 0U) {
        for (rv_packed_t *to = sums; (first != 0) && (to != end); ++to) {
            *to = 0U;
        }
        return;
    }
    rv_subbyte_some(w, bytes, bits, event, &event[n], sums, end, first);
    for (left -= n; left != 0U; left -= n) {
        event += n;
        n = (left < most) ? left : most;
        rv_subbyte_some(w, bytes, bits, event, &event[n], sums, end, 0);
    }
}

#endif
