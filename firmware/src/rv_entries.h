/* SPDX-License-Identifier: Apache-2.0 */
/* Sparse columns in 16-bit sums: an entry is one word, and a column is passed four entries at a time. */
#ifndef RV_ENTRIES_H
#define RV_ENTRIES_H

#include "ranvier/arith.h"
#include "ranvier/events.h"

#ifdef __thumb2__
/* What the register `e` holds: bytes to a sum below, a weight above, which is added modulo 2^16. */
#define RV_ENTRY(e)                \
    "uxth r8, " e "\n"             \
    "ldrh r9, [%[sums], r8]\n"     \
    "add r9, r9, " e ", lsr #16\n" \
    "strh r9, [%[sums], r8]\n"
#endif

RV_INLINE void rv_entry_add(const rv_entry_t *entry, uint8_t *sums)
{
    uint16_t *sum = (uint16_t *)(void *)&sums[entry->at];

    *sum = (uint16_t)(*sum + entry->weight);
}

/* Entries up to `end`, by fours; maybe none. */
RV_INLINE void rv_entries_run(const rv_entry_t *entry, const rv_entry_t *end, uint8_t *sums)
{
#ifdef __thumb2__
    /* clang-format off */
    __asm__ volatile("cmp %[entry], %[end]\n"
                     "beq 2f\n"
                     "1: ldmia %[entry]!, {r4, r5, r6, r10}\n"
                     RV_ENTRY("r4") RV_ENTRY("r5") RV_ENTRY("r6") RV_ENTRY("r10")
                     "cmp %[entry], %[end]\n"
                     "bne 1b\n"
                     "2:\n"
                     : [entry] "+r"(entry)
                     : [end] "r"(end), [sums] "r"(sums)
                     : "r4", "r5", "r6", "r8", "r9", "r10", "cc", "memory");
    /* clang-format on */
#else
    while (entry != end) {
        rv_entry_add(&entry[0], sums);
        rv_entry_add(&entry[1], sums);
        rv_entry_add(&entry[2], sums);
        rv_entry_add(&entry[3], sums);
        entry += 4;
    }
#endif
}

RV_INLINE void rv_entries(const uint16_t *restrict fours, const rv_entry_t *restrict entries,
                          const uint16_t *restrict events, int16_t *restrict sums)
{
    const uint16_t *const behind = &events[events[0] + 1U];

    for (const uint16_t *event = &events[1]; event != behind; ++event) {
        const uint16_t *column = &fours[*event];

        rv_entries_run(&entries[4UL * column[0]], &entries[4UL * column[1]], (uint8_t *)sums);
    }
}

#endif
