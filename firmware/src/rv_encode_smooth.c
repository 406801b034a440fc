/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/arith.h"
#include "ranvier/encode.h"

void rv_encode_smooth(int32_t *restrict x, int32_t *restrict sum, uint16_t n, uint8_t shift)
{
    for (uint16_t i = 0U; i < n; ++i) {
        sum[i] += x[i] - rv_asr32(sum[i], shift);
        x[i] = rv_asr32(sum[i], shift);
    }
}
