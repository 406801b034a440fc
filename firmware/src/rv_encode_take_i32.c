/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/encode.h"

void rv_encode_take_i32(int16_t *restrict to, const int32_t *restrict raw, uint16_t n)
{
    for (uint16_t i = 0U; i < n; ++i) {
        to[i] = (int16_t)raw[i];
    }
}
