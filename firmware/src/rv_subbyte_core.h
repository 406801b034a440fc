/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What weights of 4 or 2 bits add to sums, a byte of them at a time. The file that includes this says
 * what a sum is: RV_SUM its type, RV_FIT(x) how an int32_t becomes one.
 */
#ifndef RV_SUBBYTE_CORE_H
#define RV_SUBBYTE_CORE_H

#include "ranvier/arith.h"
#include "ranvier/subbyte.h"

/* Add x times the weight in the field that starts at bit `at`. */
RV_INLINE void rv_subbyte_field(uint32_t byte, uint32_t at, uint32_t bits, int32_t x,
                                RV_SUM *restrict sum)
{
    const uint32_t field = (byte >> at) & ((1U << bits) - 1U);
    const int32_t weight = (int32_t)field - (1 << (bits - 1U));

    *sum = RV_FIT(*sum + (weight * x));
}

/* Add x times a column. */
RV_INLINE void rv_subbyte_column(const uint8_t *restrict column, uint32_t targets, uint32_t bits,
                                 int32_t x, RV_SUM *restrict sums)
{
    const uint32_t a_byte = 8U / bits;
    RV_SUM *const whole = &sums[targets - (targets % a_byte)];

    while (sums != whole) {
        const uint32_t byte = *column;

        rv_subbyte_field(byte, 0U, bits, x, &sums[0]);
        rv_subbyte_field(byte, bits, bits, x, &sums[1]);
        if (bits == 2U) {
            rv_subbyte_field(byte, 4U, bits, x, &sums[2]);
            rv_subbyte_field(byte, 6U, bits, x, &sums[3]);
        }
        ++column;
        sums += a_byte;
    }
    for (uint32_t i = 0U; i < (targets % a_byte); ++i) {
        rv_subbyte_field(*column, i * bits, bits, x, &sums[i]);
    }
}

RV_INLINE uint32_t rv_subbyte_bytes(uint32_t targets, uint32_t bits)
{
    return ((targets * bits) + 7U) / 8U;
}

/* Add the columns of all events. */
RV_INLINE void rv_subbyte_events(const uint8_t *restrict w, uint32_t targets, uint32_t bits,
                                 const uint16_t *restrict events, RV_SUM *restrict sums)
{
    const uint32_t bytes = rv_subbyte_bytes(targets, bits);
    const uint16_t n = events[0];

    for (uint16_t e = 1U; e <= n; ++e) {
        rv_subbyte_column(&w[events[e] * bytes], targets, bits, 1, sums);
    }
}

#endif
