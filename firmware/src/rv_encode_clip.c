/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/encode.h"

void rv_encode_clip(int32_t *x, uint16_t n, int32_t low, int32_t high)
{
    for (uint16_t i = 0U; i < n; ++i) {
        x[i] = (x[i] < low) ? low : ((x[i] > high) ? high : x[i]);
    }
}
