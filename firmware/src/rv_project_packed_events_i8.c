/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/project.h"

#include "rv_values_packed.h"

void rv_project_packed_events_i8(const uint8_t *restrict w, uint16_t stride,
                                 const uint16_t *restrict events, int32_t *restrict acc)
{
    const uint32_t start = (uint32_t)0U - ((uint32_t)events[0] << 7);
    const uint32_t step = stride;
    const uint16_t *const end = &events[events[0] + 1U];
    const int32_t *const last = &acc[stride];

    for (; acc != last; acc += RV_TILE) {
        uint32_t sum[RV_TILE];

        rv_values_packed_fill(sum, start);
        for (const uint16_t *event = &events[1]; event != end; ++event) {
            rv_values_packed_add(&w[*event * step], 1U, sum);
        }
        rv_values_packed_put_all(sum, acc);
        w += RV_TILE;
    }
}
