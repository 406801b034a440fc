/* SPDX-License-Identifier: Apache-2.0 */
#include "rv_entries.h"

void rv_events_add_entries(const uint16_t *restrict fours, const rv_entry_t *restrict entries,
                           const uint16_t *restrict events, int16_t *restrict sums)
{
    rv_entries(fours, entries, events, sums);
}
