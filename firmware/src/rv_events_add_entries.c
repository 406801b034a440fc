/* SPDX-License-Identifier: Apache-2.0 */
#include "rv_entries.h"

void rv_events_add_entries(const uint16_t *restrict pairs, const uint32_t *restrict entries,
                           const uint16_t *restrict events, int16_t *restrict sums)
{
    rv_entries(pairs, entries, events, sums);
}
