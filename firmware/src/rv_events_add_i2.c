/* SPDX-License-Identifier: Apache-2.0 */
#include "rv_subbyte_i16.h"

void rv_events_add_i2(const uint8_t *restrict w, uint16_t targets, const uint16_t *restrict events,
                      int16_t *restrict sums)
{
    rv_subbyte_events(w, targets, 2U, events, sums);
}
