/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/history.h"

#include <stddef.h>

void rv_history_push(uint16_t *restrict ring, uint16_t slots, uint16_t words,
                     const uint16_t *restrict out)
{
    const uint16_t slot = (uint16_t)((ring[0] + 1U) % slots);
    uint16_t *to = &ring[1U + ((size_t)slot * words)];

    for (uint16_t i = 0U; i < words; ++i) {
        to[i] = out[i];
    }
    ring[0] = slot;
}
