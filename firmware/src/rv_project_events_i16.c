/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/project.h"

#include <stddef.h>

void rv_project_events_i16(const int16_t *restrict w, uint16_t targets,
                           const uint16_t *restrict events, int32_t *restrict acc)
{
    const uint16_t n = events[0];

    for (uint16_t e = 1U; e <= n; ++e) {
        const int16_t *column = &w[(size_t)events[e] * targets];

        for (uint16_t i = 0U; i < targets; ++i) {
            acc[i] += column[i];
        }
    }
}
