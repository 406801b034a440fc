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

/* Add two entries, and tell whether the second is its column's last. */
RV_INLINE int rv_entry_pair(const uint32_t *entry, int16_t *sums)
{
    const uint32_t bytes = entry[1] >> 16;
    const uint32_t last = bytes & 1U;

    rv_entry_add(entry[0], entry[0] >> 16, sums);
    rv_entry_add(entry[1], bytes - last, sums);
    return last != 0U;
}
#endif

/* One column. */
RV_INLINE void rv_entries_run(const uint32_t *entry, int16_t *sums)
{
#if defined(__thumb2__)
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
    while ((rv_entry_pair(entry, sums) == 0) && (rv_entry_pair(entry + 2, sums) == 0)) {
        entry += 4;
    }
#endif
}
/* clang-format on */

RV_INLINE void rv_entries(const uint16_t *restrict pairs, const uint32_t *restrict entries,
                          const uint16_t *restrict events, int16_t *restrict sums)
{
    const uint16_t *const behind = &events[events[0] + 1U];

    for (const uint16_t *event = &events[1]; event != behind; ++event) {
        rv_entries_run(&entries[2UL * pairs[*event]], sums);
    }
}

#endif
