/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/decode.h"

uint16_t rv_decode_argmax(const int64_t *restrict scores, uint16_t n,
                          const int16_t *restrict multiplier, uint16_t mask)
{
    uint16_t best = 0U;
    int64_t most = scores[0] * multiplier[0];

    for (uint16_t i = 1U; i < n; ++i) {
        const int64_t score = scores[i] * multiplier[i & mask];

        if (score > most) {
            most = score;
            best = i;
        }
    }
    return best;
}
