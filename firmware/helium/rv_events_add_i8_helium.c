/* SPDX-License-Identifier: Apache-2.0 */
#include "rv_events_i8_helium.h"

void rv_events_add_i8_helium(const int8_t *restrict w, uint16_t stride,
                             const uint16_t *restrict events, int16_t *restrict sums)
{
    RV_EVENTS(RV_ADD, "");
}
