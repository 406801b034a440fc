/* SPDX-License-Identifier: Apache-2.0 */
#include "rv_entries.h"

void rv_events_set_entries(const uint32_t *restrict offsets, const rv_entry_t *restrict entries,
                           const uint16_t *restrict events, uint16_t n, int16_t *restrict sums)
{
    for (uint16_t i = 0U; i < n; ++i) {
        sums[i] = 0;
    }
    rv_entries(offsets, entries, events, sums);
}
