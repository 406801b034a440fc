/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/arith.h"
#include "ranvier/encode.h"

void rv_encode_square(int32_t *x, uint16_t n, uint8_t shift)
{
    for (uint16_t i = 0U; i < n; ++i) {
        x[i] = (int32_t)rv_asr64((int64_t)x[i] * x[i], shift);
    }
}
