/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/project.h"

void rv_project_sparse_events_i8(const rv_sparse_t *p, const int8_t *restrict w,
                                 const uint16_t *restrict events, int32_t *restrict acc)
{
    const uint16_t n = events[0];

    for (uint16_t e = 1U; e <= n; ++e) {
        const uint32_t end = p->offsets[events[e] + 1U];

        for (uint32_t k = p->offsets[events[e]]; k < end; ++k) {
            acc[p->targets[k]] += w[k];
        }
    }
}
