/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RV_EVENTS_I8_H
#define RV_EVENTS_I8_H

#include "ranvier/arith.h"
#include "ranvier/events.h"

/* Add the columns of all events. Sums on the way may pass 16 bits: they wrap, the last one fits. */
RV_INLINE void rv_events_i8(const int8_t *restrict w, uint32_t targets,
                            const uint16_t *restrict events, int16_t *restrict sums)
{
    const uint16_t n = events[0];

    for (uint16_t e = 1U; e <= n; ++e) {
        const int8_t *column = &w[events[e] * targets];

        for (uint32_t i = 0U; i < targets; ++i) {
            sums[i] = rv_wrap16(sums[i] + column[i]);
        }
    }
}

#endif
