/* SPDX-License-Identifier: Apache-2.0 */
/* Sparse columns in 16-bit sums: an entry is one word, and a column is passed four entries at a time. */
#ifndef RV_ENTRIES_H
#define RV_ENTRIES_H

#include "ranvier/arith.h"
#include "ranvier/events.h"

RV_INLINE void rv_entry_add(const rv_entry_t *entry, uint8_t *sums)
{
    uint16_t *sum = (uint16_t *)(void *)&sums[entry->at];

    *sum = (uint16_t)(*sum + entry->weight);
}

RV_INLINE void rv_entries(const uint32_t *restrict offsets, const rv_entry_t *restrict entries,
                          const uint16_t *restrict events, int16_t *restrict sums)
{
    const uint16_t n = events[0];
    uint8_t *const to = (uint8_t *)sums;

    for (uint16_t e = 1U; e <= n; ++e) {
        const uint32_t *at = &offsets[events[e]];
        const rv_entry_t *entry = &entries[at[0]];
        const rv_entry_t *const end = &entries[at[1]];
        const rv_entry_t *const fours = &entry[(at[1] - at[0]) & ~3UL];

        for (; entry != fours; entry += 4) {
            rv_entry_add(&entry[0], to);
            rv_entry_add(&entry[1], to);
            rv_entry_add(&entry[2], to);
            rv_entry_add(&entry[3], to);
        }
        for (; entry != end; ++entry) {
            rv_entry_add(entry, to);
        }
    }
}

#endif
