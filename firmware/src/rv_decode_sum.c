/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/decode.h"

#include "ranvier/arith.h"

void rv_decode_sum(int64_t *restrict scores, const int32_t *restrict out, uint16_t n)
{
    for (uint16_t i = 0U; i < n; ++i) {
        scores[i] = rv_sat64(scores[i] + out[i], RV_SCORE_BITS);
    }
}
