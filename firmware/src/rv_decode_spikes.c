/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/decode.h"

uint16_t rv_decode_spikes(int64_t *restrict scores, uint16_t *restrict best,
                          const uint16_t *restrict events)
{
    const uint16_t *last = &events[events[0]];
    uint16_t first = *best;

    while (events != last) {
        const uint16_t i = *++events;
        const int64_t more = scores[i] + 1; /* a bit too long, where it was the most */
        const int64_t score = more - (more >> (RV_SCORE_BITS - 1U));

        scores[i] = score;
        if ((score + ((i < first) ? 1 : 0)) > scores[first]) {
            first = i;
        }
    }
    *best = first;
    return first;
}
