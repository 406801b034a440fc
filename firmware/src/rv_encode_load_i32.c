/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/encode.h"

void rv_encode_load_i32(int32_t *restrict x, const int32_t *restrict raw, uint16_t n)
{
    for (uint16_t i = 0U; i < n; ++i) {
        x[i] = raw[i];
    }
}
