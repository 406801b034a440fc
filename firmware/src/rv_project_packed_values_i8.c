/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/project.h"

#include "rv_values_packed.h"

void rv_project_packed_values_i8(const uint8_t *restrict w, uint16_t stride, uint16_t sources,
                                 const int16_t *restrict x, int32_t *restrict acc)
{
    const int16_t *const end = &x[sources];
    const int32_t *const last = &acc[stride];
    const uint32_t start = rv_values_packed_start(x, end);

    do {
        const uint8_t *column = w;
        const int16_t *value = x;
        uint32_t sum[RV_TILE];

        rv_values_packed_fill(sum, start);
        do {
            if (*value != 0) { /* of counts most are */
                rv_values_packed_add(column, rv_modulo32(*value), sum);
            }
            column += stride;
            ++value;
        } while (value != end);
        rv_values_packed_put_all(sum, acc);
        acc += RV_TILE;
        w += RV_TILE;
    } while (acc != last);
}
