/* SPDX-License-Identifier: Apache-2.0 */
#include "rv_events_i8.h"

void rv_events_add_i8(const int8_t *restrict w, uint16_t targets, const uint16_t *restrict events,
                      int16_t *restrict sums)
{
    rv_events_i8(w, targets, events, sums);
}
