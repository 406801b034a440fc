/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Columns of 8-bit weights in 16-bit sums: the sums of 32 or 16 targets stay in registers over all
 * events of a step.
 *
 * A register takes 16 weights as eight pairs: lane i is w[i] + 256 w[8 + i]. VADD sums lanes as they
 * are, modulo 2^16, and VQRDMLAH with 128 sums lane / 256 rounded to the nearest, which is w[8 + i]: what
 * is left of the first sum without 256 times the second is that of w[i]. VQRDMLAH saturates where VADD
 * wraps; it never has to, since the compiler has proved that the sum of any events of a step fits.
 */
#ifndef RV_EVENTS_I8_HELIUM_H
#define RV_EVENTS_I8_HELIUM_H

#include "ranvier/events.h"
#include "rv_helium.h"

#define RV_GROUP 16U /* targets of a register of weights */
#define RV_HIGH 128  /* times 2, by 2^16: a lane / 256 */

RV_INLINE int16x8_t rv_pairs_load(const int8_t *at)
{
    return vreinterpretq_s16_s8(vldrbq_s8(at));
}

RV_INLINE int16x8_t rv_pairs_high(int16x8_t pairs)
{
    return vrshrq_n_s16(pairs, 8);
}

/* Undo the sum of pairs; with `add`, on top of what is there. */
RV_INLINE void rv_pairs_store(int16_t *sums, int16x8_t both, int16x8_t high, int add)
{
    int16x8_t low = vsubq_s16(both, vshlq_n_s16(high, 8));

    if (add != 0) {
        low = vaddq_s16(low, vldrhq_s16(sums));
        high = vaddq_s16(high, vldrhq_s16(&sums[RV_LANES]));
    }
    vstrhq_s16(sums, low);
    vstrhq_s16(&sums[RV_LANES], high);
}

/* No event: there is nothing to add. */
RV_INLINE void rv_events_none(uint32_t stride, int16_t *sums, int add)
{
    const int16x8_t zero = vdupq_n_s16(0);

    if (add == 0) {
        for (uint32_t left = stride / RV_LANES; left != 0U; --left) {
            vstrhq_s16(sums, zero);
            sums += RV_LANES;
        }
    }
}

/* One event: pairs are taken apart as they come. */
RV_INLINE void rv_events_one(const int8_t *column, uint32_t stride, int16_t *sums, int add)
{
    for (uint32_t left = stride / RV_GROUP; left != 0U; --left) {
        const int16x8_t pairs = rv_pairs_load(column);
        int16x8_t low = vmovlbq_s8(vreinterpretq_s8_s16(pairs));
        int16x8_t high = rv_pairs_high(pairs);

        if (add != 0) {
            low = vaddq_s16(low, vldrhq_s16(sums));
            high = vaddq_s16(high, vldrhq_s16(&sums[RV_LANES]));
        }
        vstrhq_s16(sums, low);
        vstrhq_s16(&sums[RV_LANES], high);
        column += RV_GROUP;
        sums += RV_GROUP;
    }
}

/* All events of a step into a tile of `groups` groups, 1 or 2; `w` and `sums` begin at the tile. */
RV_INLINE void rv_events_tile(const int8_t *w, uint32_t stride, const uint16_t *events,
                              int16_t *sums, uint32_t groups, int add)
{
    const uint16_t *event = &events[1];
    const int8_t *column = &w[*event * stride];
    int16x8_t both = rv_pairs_load(column);
    int16x8_t high = rv_pairs_high(both);
    int16x8_t both2 = both;
    int16x8_t high2 = high;

    if (groups == 2U) {
        both2 = rv_pairs_load(&column[RV_GROUP]);
        high2 = rv_pairs_high(both2);
    }
    for (uint32_t left = events[0] - 1U; left != 0U; --left) {
        int16x8_t pairs;

        ++event;
        column = &w[*event * stride];
        pairs = rv_pairs_load(column);
        both = vaddq_s16(both, pairs);
        high = vqrdmlahq_n_s16(high, pairs, RV_HIGH);
        if (groups == 2U) {
            pairs = rv_pairs_load(&column[RV_GROUP]);
            both2 = vaddq_s16(both2, pairs);
            high2 = vqrdmlahq_n_s16(high2, pairs, RV_HIGH);
        }
    }
    rv_pairs_store(sums, both, high, add);
    if (groups == 2U) {
        rv_pairs_store(&sums[RV_GROUP], both2, high2, add);
    }
}

/* The sums of a step; with `add` they are added to what is there. */
RV_INLINE void rv_events_i8_helium(const int8_t *w, uint32_t stride, const uint16_t *events,
                                   int16_t *sums, int add)
{
    const uint16_t n = events[0];

    if (n > 1U) {
        for (uint32_t left = stride / (2U * RV_GROUP); left != 0U; --left) {
            rv_events_tile(w, stride, events, sums, 2U, add);
            w += 2U * RV_GROUP;
            sums += 2U * RV_GROUP;
        }
        if ((stride & RV_GROUP) != 0U) {
            rv_events_tile(w, stride, events, sums, 1U, add);
        }
    } else if (n == 1U) {
        rv_events_one(&w[events[1] * stride], stride, sums, add);
    } else {
        rv_events_none(stride, sums, add);
    }
}

#endif
