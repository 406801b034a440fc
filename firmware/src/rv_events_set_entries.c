/* SPDX-License-Identifier: Apache-2.0 */
#include "rv_entries.h"

/* Two sums, to be set to 0 at once. */
typedef uint32_t __attribute__((may_alias)) rv_two_t;

/* Set eight sums at a time to 0, up to `end`. */
RV_INLINE void rv_entries_clear(rv_two_t *to, const rv_two_t *end)
{
#ifdef __thumb__
    register uint32_t r4 __asm__("r4") = 0U;
    register uint32_t r5 __asm__("r5") = 0U;
    register uint32_t r6 __asm__("r6") = 0U;
    register uint32_t r3 __asm__("r3") = 0U;

    while (to != end) {
        __asm__ volatile("stmia %[to]!, {r3, r4, r5, r6}\n"
                         : [to] "+l"(to)
                         : "r"(r3), "r"(r4), "r"(r5), "r"(r6)
                         : "memory");
    }
#else
    for (; to != end; to += 4) {
        to[0] = 0U;
        to[1] = 0U;
        to[2] = 0U;
        to[3] = 0U;
    }
#endif
}

void rv_events_set_entries(const uint16_t *restrict pairs, const uint32_t *restrict entries,
                           const uint16_t *restrict events, uint16_t n, int16_t *restrict sums)
{
    rv_two_t *const to = (rv_two_t *)(void *)sums;

    for (uint32_t i = (n / 8U) * 8U; i < n; ++i) {
        sums[i] = 0;
    }
    rv_entries_clear(to, &to[(n / 8U) * 4U]);
    rv_entries(pairs, entries, events, sums);
}
