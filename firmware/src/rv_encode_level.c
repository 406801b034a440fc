/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/encode.h"

/* How many whole steps of `delta` fit into `distance`, from 0 to `most`. */
static int32_t steps(int32_t distance, int32_t delta, int32_t most)
{
    const int32_t n = (distance > 0) ? (distance / delta) : 0;

    return (n > most) ? most : n;
}

void rv_encode_level(int32_t *restrict x, int32_t *restrict level, uint16_t n,
                     const int32_t *restrict delta, int32_t max_events)
{
    for (uint16_t i = 0U; i < n; ++i) {
        const int32_t distance = x[i] - level[i];
        const int32_t ups = steps(distance, delta[i], max_events);
        const int32_t downs = steps(-distance, delta[i], max_events);

        x[i] = ups;
        x[(uint32_t)n + i] = downs;
        level[i] += (ups - downs) * delta[i];
    }
}
