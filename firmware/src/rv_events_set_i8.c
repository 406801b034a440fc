/* SPDX-License-Identifier: Apache-2.0 */
#include "rv_events_i8.h"

void rv_events_set_i8(const int8_t *restrict w, uint16_t targets, const uint16_t *restrict events,
                      int16_t *restrict sums)
{
    for (uint16_t i = 0U; i < targets; ++i) {
        sums[i] = 0;
    }
    rv_events_i8(w, targets, events, sums);
}
