/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/decode.h"

void rv_output_events(int32_t *restrict out, const uint16_t *restrict events, uint16_t n)
{
    for (uint16_t i = 0U; i < n; ++i) {
        out[i] = 0;
    }
    for (uint16_t e = 1U; e <= events[0]; ++e) {
        out[events[e]] = 1;
    }
}
