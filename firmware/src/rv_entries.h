/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sparse columns in 16-bit sums: an entry is one word, and a column is passed four of them at a time.
 * What is above a weight does no harm where it is added, for a sum is stored modulo 2^16.
 */
#ifndef RV_ENTRIES_H
#define RV_ENTRIES_H

#include "ranvier/arith.h"
#include "ranvier/events.h"

/* clang-format off */
/* RV_ENTRY_PAIR: two entries that the registers `a` and `b` hold, carry set if `b` is its column's last. */
#if defined(__thumb2__)
#define RV_ENTRY_PAIR(a, b)               \
    "lsr r8, " a ", #17\n"                \
    "ldrh r9, [%[sums], r8, lsl #1]\n"    \
    "add r9, r9, " a "\n"                 \
    "strh r9, [%[sums], r8, lsl #1]\n"    \
    "lsrs r8, " b ", #17\n"               \
    "ldrh r9, [%[sums], r8, lsl #1]\n"    \
    "add r9, r9, " b "\n"                 \
    "strh r9, [%[sums], r8, lsl #1]\n"
#elif defined(__thumb__)
/* The carry outlives additions to a register that set no flags. */
#define RV_ENTRY_PAIR(a, b)               \
    "ldmia %[entry]!, {" a ", " b "}\n"   \
    "lsrs r2, " a ", #16\n"               \
    "ldrh r3, [%[sums], r2]\n"            \
    "adds r3, r3, " a "\n"                \
    "strh r3, [%[sums], r2]\n"            \
    "lsrs r2, " b ", #17\n"               \
    "add r2, r2\n"                        \
    "ldrh r3, [%[sums], r2]\n"            \
    "add r3, " b "\n"                     \
    "strh r3, [%[sums], r2]\n"
#else
RV_INLINE void rv_entry_add(uint32_t entry, uint32_t bytes, int16_t *sums)
{
    uint16_t *sum = (uint16_t *)(void *)&((uint8_t *)sums)[bytes];

    *sum = (uint16_t)(*sum + entry);
}
#endif

/* One column, whose last pair is at `last`. */
RV_INLINE void rv_entries_run(const uint32_t *entry, const uint32_t *last, int16_t *sums)
{
#if defined(__thumb2__)
    (void)last; /* the entry says so itself */
    __asm__ volatile("1: ldmia %[entry]!, {r4, r5, r6, r10}\n"
                     RV_ENTRY_PAIR("r4", "r5")
                     "bcs 2f\n"
                     RV_ENTRY_PAIR("r6", "r10")
                     "bcc 1b\n"
                     "2:\n"
                     : [entry] "+r"(entry)
                     : [sums] "r"(sums)
                     : "r4", "r5", "r6", "r8", "r9", "r10", "cc", "memory");
#elif defined(__thumb__)
    (void)last;
    __asm__ volatile(".syntax unified\n"
                     "1:\n"
                     RV_ENTRY_PAIR("r4", "r5")
                     "bcs 2f\n"
                     RV_ENTRY_PAIR("r4", "r5")
                     "bcc 1b\n"
                     "2:\n"
                     : [entry] "+l"(entry)
                     : [sums] "l"(sums)
                     : "r2", "r3", "r4", "r5", "cc", "memory");
#else
    if (entry != last) {
        const uint32_t *const before = last - 2;

        do {
            rv_entry_add(entry[0], entry[0] >> 16, sums);
            rv_entry_add(entry[1], entry[1] >> 16, sums);
            if (entry == before) {
                break;
            }
            rv_entry_add(entry[2], entry[2] >> 16, sums);
            rv_entry_add(entry[3], entry[3] >> 16, sums);
            entry += 4;
        } while (entry != last);
    }
    rv_entry_add(last[0], last[0] >> 16, sums);
    rv_entry_add(last[1], (last[1] >> 16) - 1U, sums);
#endif
}
/* clang-format on */

RV_INLINE void rv_entries(const uint16_t *restrict pairs, const uint32_t *restrict entries,
                          const uint16_t *restrict events, int16_t *restrict sums)
{
    const uint16_t *const behind = &events[events[0] + 1U];

    for (const uint16_t *event = &events[1]; event != behind; ++event) {
        const uint16_t *column = &pairs[*event];

        rv_entries_run(&entries[2UL * column[0]], &entries[(2UL * column[1]) - 2UL], sums);
    }
}

#endif
