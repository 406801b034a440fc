/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/encode.h"

void rv_encode_delta(int32_t *restrict x, int32_t *restrict last, uint16_t n)
{
    for (uint16_t i = 0U; i < n; ++i) {
        const int32_t now = x[i];

        x[i] = now - last[i];
        last[i] = now;
    }
}
