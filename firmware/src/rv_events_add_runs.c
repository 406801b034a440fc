/* SPDX-License-Identifier: Apache-2.0 */
#include "rv_runs.h"

void rv_events_add_runs(const rv_runs_t *p, const uint32_t *restrict w,
                        const uint16_t *restrict events, uint32_t *restrict tile,
                        int16_t *restrict sums)
{
    rv_runs_add(p, w, events, tile);
    rv_runs_take(p, tile, sums, 0);
}
