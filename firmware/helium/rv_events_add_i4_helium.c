/* SPDX-License-Identifier: Apache-2.0 */
#include "rv_subbyte_helium.h"

void rv_events_add_i4_helium(const uint8_t *restrict w, uint16_t stride,
                             const uint16_t *restrict events, int16_t *restrict sums)
{
    RV_EVENTS(4, RV_ADD, );
}
