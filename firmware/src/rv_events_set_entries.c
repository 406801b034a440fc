/* SPDX-License-Identifier: Apache-2.0 */
#include "rv_entries.h"

/* Two sums, to be set to 0 at once. */
typedef uint32_t __attribute__((may_alias)) rv_two_t;

void rv_events_set_entries(const uint16_t *restrict fours, const rv_entry_t *restrict entries,
                           const uint16_t *restrict events, uint16_t n, int16_t *restrict sums)
{
    rv_two_t *to = (rv_two_t *)(void *)sums;
    const rv_two_t *const end = &to[(n / 8U) * 4U];

    for (uint32_t i = (n / 8U) * 8U; i < n; ++i) {
        sums[i] = 0;
    }
    for (; to != end; to += 4) {
        to[0] = 0U;
        to[1] = 0U;
        to[2] = 0U;
        to[3] = 0U;
    }
    rv_entries(fours, entries, events, sums);
}
