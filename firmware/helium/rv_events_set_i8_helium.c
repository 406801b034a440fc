/* SPDX-License-Identifier: Apache-2.0 */
#include "rv_events_i8_helium.h"

void rv_events_set_i8_helium(const int8_t *restrict w, uint16_t stride,
                             const uint16_t *restrict events, int16_t *restrict sums)
{
    RV_EVENTS(RV_SET, "vmov.i16 q0, #0\n vmov.i16 q1, #0\n" RV_GROUPS(""));
}
