/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/events.h"

#include "rv_events_i8_dsp.h"

void rv_events_add_i8_dsp(const int8_t *restrict w, uint16_t stride,
                          const uint16_t *restrict events, int16_t *restrict sums)
{
    RV_EVENTS(RV_BEGIN "bne 4f\n"
                       "cmp r12, #0\n"
                       "bne 5f\n"
                       "b 9f\n"
                       "4: " RV_ODD(RV_AFTER) RV_REST "9:\n");
}
