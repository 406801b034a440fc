/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/arith.h"
#include "ranvier/project.h"

#include <stddef.h>

void rv_project_single_events_i16(const int16_t *restrict w, uint16_t targets,
                                  const uint16_t *restrict events, uint32_t shift, uint32_t bits,
                                  int32_t *restrict acc)
{
    const uint16_t n = events[0];

    for (uint16_t k = 1U; k <= n; ++k) {
        const int16_t *column = &w[(size_t)events[k] * targets];

        for (uint16_t i = 0U; i < targets; ++i) {
            acc[i] = rv_sat32(acc[i] + rv_shl32(column[i], shift), bits);
        }
    }
}
