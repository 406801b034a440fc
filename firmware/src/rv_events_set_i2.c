/* SPDX-License-Identifier: Apache-2.0 */
#include "rv_subbyte_i16.h"

void rv_events_set_i2(const uint8_t *restrict w, uint16_t targets, const uint16_t *restrict events,
                      int16_t *restrict sums)
{
    for (uint32_t i = 0U; i < targets; ++i) {
        sums[i] = 0;
    }
    rv_subbyte_events(w, targets, 2U, events, sums);
}
