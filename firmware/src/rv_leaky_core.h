/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leaky neurons of 16-bit states, the most usual kind: decay by leak, floors, one saturation, a
 * spike above the threshold, then a reset to a value. The including file defines RV_DRIVE, the type
 * of a sum of inputs, and RV_TAKEN(drive, i), what becomes of a sum once read.
 *
 * The same as rv_population_core.h by these rules, but what is one number for all neurons, and the
 * direction of a shift, are settled before the loop.
 */
#include <stddef.h>

#include "ranvier/arith.h"
#include "ranvier/population.h"

/* Advance all neurons; `fires`, `left` and `each` (a number a neuron) are constants. */
RV_INLINE void rv_leaky_loop(const rv_population_i16_t *p, RV_DRIVE *restrict drive,
                             int16_t *restrict v, uint16_t *restrict out, int fires, int left,
                             int each)
{
    const uint32_t size = p->size;
    const uint32_t k = p->decay.shift;
    const int32_t times = (left != 0) ? (int32_t)(1UL << (uint32_t)p->shift) : 1;
    const uint32_t right = (left != 0) ? 0U : (uint32_t)-p->shift;
    int32_t factor = p->decay.factor[0];
    int32_t bias = p->bias[0];
    int32_t reset = (fires != 0) ? p->reset_value[0] : 0;
    uint16_t *to = out;

    for (uint32_t i = 0U; i < size; ++i) {
        const int32_t sum = drive[i];
        int32_t x = v[i];

        if (each != 0) {
            factor = p->decay.factor[i & p->decay.factor_mask];
            bias = p->bias[i & p->bias_mask];
        }
        RV_TAKEN(drive, i);
        x -= rv_asr32(x * factor, k);
        x += ((left != 0) ? (sum * times) : rv_asr32(sum, right)) + bias;
        x = rv_sat16(x);
        if ((fires != 0) && (x > p->threshold[i])) {
            ++to;
            *to = (uint16_t)i;
            x = (each != 0) ? p->reset_value[i & p->reset_mask] : reset;
        }
        v[i] = (int16_t)x;
    }
    if (fires != 0) {
        out[0] = (uint16_t)(to - out);
    }
}

RV_INLINE void rv_leaky(const rv_population_i16_t *p, RV_DRIVE *restrict drive, int16_t *restrict v,
                        uint16_t *restrict out, int fires)
{
    const uint16_t one = (fires != 0) ? p->reset_mask : 0U;

    if ((p->decay.factor_mask | p->bias_mask | one) != 0U) {
        if (p->shift >= 0) {
            rv_leaky_loop(p, drive, v, out, fires, 1, 1);
        } else {
            rv_leaky_loop(p, drive, v, out, fires, 0, 1);
        }
    } else if (p->shift >= 0) {
        rv_leaky_loop(p, drive, v, out, fires, 1, 0);
    } else {
        rv_leaky_loop(p, drive, v, out, fires, 0, 0);
    }
}
