/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packed columns (rv_events_packed.h) times values, in sums of 32 bits: eight targets at a time, whose
 * sums stay in registers while all sources pass by, so that a value is read once for eight products.
 *
 * A weight is read as it lies in flash, 128 too large, and so is a sum by 128 times that of all values:
 * it starts so much lower. All is added modulo 2^32; the compiler has proved that what remains fits.
 */
#ifndef RV_VALUES_PACKED_H
#define RV_VALUES_PACKED_H

#include "ranvier/arith.h"

#define RV_TILE 8U /* targets of a group */

/* A number modulo 2^32 as one with a sign. */
RV_INLINE int32_t rv_signed32(uint32_t x)
{
    return (x <= (uint32_t)INT32_MAX) ? (int32_t)x : (-(int32_t)(~x) - 1);
}

/* A value modulo 2^32. */
RV_INLINE uint32_t rv_modulo32(int32_t x)
{
    return (uint32_t)x;
}

/* What sums over the values up to `end` start from; there is at least one. */
RV_INLINE uint32_t rv_values_packed_start(const int16_t *x, const int16_t *end)
{
    uint32_t total = 0U;

    do {
        total += rv_modulo32(*x);
        ++x;
    } while (x != end);
    return (uint32_t)0U - (total << 7);
}

/* Add to the sums of eight targets one column times a value: four bytes are targets 0 2 1 3. */
RV_INLINE void rv_values_packed_add(const uint8_t *w, uint32_t value, uint32_t *sum)
{
    sum[0] += w[0] * value;
    sum[2] += w[1] * value;
    sum[1] += w[2] * value;
    sum[3] += w[3] * value;
    sum[4] += w[4] * value;
    sum[6] += w[5] * value;
    sum[5] += w[6] * value;
    sum[7] += w[7] * value;
}

RV_INLINE void rv_values_packed_fill(uint32_t *sum, uint32_t start)
{
    sum[0] = start;
    sum[1] = start;
    sum[2] = start;
    sum[3] = start;
    sum[4] = start;
    sum[5] = start;
    sum[6] = start;
    sum[7] = start;
}

/* One sum, shifted: left, then right, of which one does nothing. */
RV_INLINE int16_t rv_values_packed_shifted(uint32_t sum, uint32_t left, uint32_t right)
{
    return rv_wrap16(rv_asr32(rv_signed32(sum << left), right));
}

RV_INLINE void rv_values_packed_set(const uint32_t *sum, uint32_t left, uint32_t right, int16_t *to)
{
    to[0] = rv_values_packed_shifted(sum[0], left, right);
    to[1] = rv_values_packed_shifted(sum[1], left, right);
    to[2] = rv_values_packed_shifted(sum[2], left, right);
    to[3] = rv_values_packed_shifted(sum[3], left, right);
    to[4] = rv_values_packed_shifted(sum[4], left, right);
    to[5] = rv_values_packed_shifted(sum[5], left, right);
    to[6] = rv_values_packed_shifted(sum[6], left, right);
    to[7] = rv_values_packed_shifted(sum[7], left, right);
}

/* Add a sum to an accumulator. */
RV_INLINE void rv_values_packed_put(int32_t *acc, uint32_t sum)
{
    *acc = rv_signed32((uint32_t)*acc + sum);
}

RV_INLINE void rv_values_packed_put_all(const uint32_t *sum, int32_t *acc)
{
    rv_values_packed_put(&acc[0], sum[0]);
    rv_values_packed_put(&acc[1], sum[1]);
    rv_values_packed_put(&acc[2], sum[2]);
    rv_values_packed_put(&acc[3], sum[3]);
    rv_values_packed_put(&acc[4], sum[4]);
    rv_values_packed_put(&acc[5], sum[5]);
    rv_values_packed_put(&acc[6], sum[6]);
    rv_values_packed_put(&acc[7], sum[7]);
}

#endif
