/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/encode.h"

void rv_encode_threshold(int32_t *restrict x, int32_t *restrict last, uint16_t n,
                         const int32_t *restrict threshold, uint8_t falling)
{
    for (uint16_t i = 0U; i < n; ++i) {
        const int32_t now = x[i];
        const int32_t level = threshold[i];

        if (falling != 0U) {
            x[i] = ((now <= level) && (last[i] > level)) ? 1 : 0;
        } else {
            x[i] = ((now >= level) && (last[i] < level)) ? 1 : 0;
        }
        last[i] = now;
    }
}
