/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/values.h"

#include "rv_values_packed.h"

void rv_values_set_i8_packed(const uint8_t *restrict w, uint16_t stride, uint16_t sources,
                             const int16_t *restrict x, int8_t shift, int16_t *restrict sums)
{
    const int16_t *const end = &x[sources];
    const int16_t *const last = &sums[stride];
    const uint32_t start = rv_values_packed_start(x, end);
    const uint32_t left = (shift > 0) ? (uint32_t)shift : 0U;
    const uint32_t right = (shift < 0) ? (uint32_t)-shift : 0U;

    do {
        const uint8_t *column = w;
        const int16_t *value = x;
        uint32_t sum[RV_TILE];

        rv_values_packed_fill(sum, start);
        do {
            rv_values_packed_add(column, rv_modulo32(*value), sum);
            column += stride;
            ++value;
        } while (value != end);
        rv_values_packed_set(sum, left, right, sums);
        sums += RV_TILE;
        w += RV_TILE;
    } while (sums != last);
}
