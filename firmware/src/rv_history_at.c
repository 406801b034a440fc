/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/history.h"

#include <stddef.h>

const uint16_t *rv_history_at(const uint16_t *ring, uint16_t slots, uint16_t words, uint16_t delay)
{
    const uint32_t slot = ((uint32_t)ring[0] + slots + 1U - delay) % slots;

    return &ring[1U + ((size_t)slot * words)];
}
