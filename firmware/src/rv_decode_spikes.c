/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/decode.h"

#define MOST ((INT64_C(1) << (RV_SCORE_BITS - 1U)) - 1)

uint16_t rv_decode_spikes(int64_t *restrict scores, uint16_t *restrict best,
                          const uint16_t *restrict events)
{
    const uint16_t n = events[0];
    uint16_t first = *best;

    for (uint16_t e = 1U; e <= n; ++e) {
        const uint16_t i = events[e];
        const int64_t score = (scores[i] < MOST) ? (scores[i] + 1) : MOST;

        scores[i] = score;
        if ((score > scores[first]) || ((score == scores[first]) && (i < first))) {
            first = i;
        }
    }
    *best = first;
    return first;
}
