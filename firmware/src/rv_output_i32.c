/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/decode.h"

void rv_output_i32(int32_t *restrict out, const int32_t *restrict v, uint16_t n)
{
    for (uint16_t i = 0U; i < n; ++i) {
        out[i] = v[i];
    }
}
