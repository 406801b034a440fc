/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/events.h"

#include "rv_events_i8_dsp.h"

void rv_events_set_i8_dsp(const int8_t *restrict w, uint16_t stride,
                          const uint16_t *restrict events, int16_t *restrict sums)
{
    RV_EVENTS(RV_BEGIN "bne 4f\n"
                       "cmp r12, #0\n"
                       "bne 6f\n"
                       "mov r5, #0\n mov r6, #0\n mov r7, #0\n" RV_TILES(
                           "") "b 9f\n"
                               "6: " RV_FOUR(RV_FIRST) "beq 9f\n b 5f\n"
                                                       "4: " RV_ODD(RV_FIRST) RV_REST "9:\n");
}
