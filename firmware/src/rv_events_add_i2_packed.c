/* SPDX-License-Identifier: Apache-2.0 */
#include "rv_subbyte_packed.h"

void rv_events_add_i2_packed(const uint8_t *restrict w, uint16_t stride,
                             const uint16_t *restrict events, int16_t *restrict sums)
{
    rv_subbyte_packed(w, stride, 2U, events, (rv_packed_t *)(void *)sums, 0);
}
