/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leaky neurons that are alike but for their thresholds: rv_lif_i16_s16 where one factor with a shift
 * of 16 and one reset value hold for all, there is no bias, and no drive is shifted to the right.
 *
 *   v - floor(v * factor / 2^16) = floor((v * (2^16 - factor) + 2^16 - 1) / 2^16)
 *
 * takes one operation less, and its right side fits 32 bits for every v of 16 and factor >= 0.
 */
#ifndef RV_ALIKE_CORE_H
#define RV_ALIKE_CORE_H

#include "ranvier/arith.h"
#include "ranvier/population.h"

/*
 * The lower half of a saturation, or all of it where that is one instruction: what is above 16 bits
 * is above its threshold too, and saturates where it is found to be.
 */
RV_INLINE int32_t rv_alike_lower(int32_t x)
{
#ifdef __ARM_FEATURE_SAT
    return rv_sat16(x);
#else
    return (x < INT16_MIN) ? INT16_MIN : x;
#endif
}

/* Advance one neuron; returns where the last address was written. */
RV_INLINE uint16_t *rv_alike_one(int32_t kept, int32_t drive, int16_t theta, int16_t reset,
                                 int16_t *restrict v, uint32_t address, uint16_t *restrict to)
{
    const int32_t x = rv_alike_lower(rv_asr32(*v * kept + 0xFFFF, 16U) + drive);

    *v = rv_wrap16(x);
    if (x > theta) {
        *v = INT16_MAX;
        if (theta < INT16_MAX) {
            ++to;
            *to = (uint16_t)address;
            *v = reset;
        }
    }
    return to;
}

/* Advance all; `times`, a power of two, is what a sum of inputs is worth. */
RV_INLINE void rv_alike(const rv_population_i16_t *p, const int16_t *restrict sums,
                        int16_t *restrict v, uint16_t *restrict out, int32_t times)
{
    const int16_t *theta = p->threshold;
    const int32_t kept = 0x10000 - (int32_t)p->decay.factor[0];
    const int16_t reset = p->reset_value[0];
    const uint32_t size = p->size;
    uint16_t *to = out;

    for (uint32_t i = 0U; i < size; i += 4U) {
        to = rv_alike_one(kept, sums[0] * times, theta[0], reset, &v[0], i, to);
        to = rv_alike_one(kept, sums[1] * times, theta[1], reset, &v[1], i + 1U, to);
        to = rv_alike_one(kept, sums[2] * times, theta[2], reset, &v[2], i + 2U, to);
        to = rv_alike_one(kept, sums[3] * times, theta[3], reset, &v[3], i + 3U, to);
        sums += 4;
        theta += 4;
        v += 4;
    }
    out[0] = (uint16_t)(to - out);
}

#endif
