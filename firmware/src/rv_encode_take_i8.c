/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/encode.h"

void rv_encode_take_i8(int16_t *restrict to, const int8_t *restrict raw, uint16_t n)
{
    for (uint16_t i = 0U; i < n; ++i) {
        to[i] = raw[i];
    }
}
