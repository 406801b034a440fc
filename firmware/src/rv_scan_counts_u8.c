/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/arith.h"
#include "ranvier/encode.h"
#include "ranvier/mem.h"

typedef struct {
    uint16_t *to;
    uint32_t left; /* events that still fit */
} rv_list_t;

/* Write the address k `count` times; 0 where so many do not fit. */
RV_INLINE int rv_repeat(rv_list_t *list, uint32_t k, uint32_t count)
{
    if (count > list->left) {
        return 0;
    }
    list->left -= count;
    for (uint32_t i = count; i != 0U; --i) {
        ++list->to;
        *list->to = (uint16_t)k;
    }
    return 1;
}

uint16_t rv_scan_counts_u8(uint16_t *restrict events, const uint8_t *restrict raw, uint16_t n,
                           uint16_t most)
{
    rv_list_t list = {events, most};
    const uint32_t whole = n & 0xFFFCU;
    uint32_t k = 0U;

    for (; k != whole; k += 4U) {
        const uint32_t four = rv_word(&raw[k]);

        /* Most of the time all are 0. */
        if ((four != 0U) && ((rv_repeat(&list, k, four & 0xFFU) == 0) ||
                             (rv_repeat(&list, k + 1U, (four >> 8) & 0xFFU) == 0) ||
                             (rv_repeat(&list, k + 2U, (four >> 16) & 0xFFU) == 0) ||
                             (rv_repeat(&list, k + 3U, four >> 24) == 0))) {
            return 0U;
        }
    }
    for (; k < n; ++k) {
        if (rv_repeat(&list, k, raw[k]) == 0) {
            return 0U;
        }
    }
    events[0] = (uint16_t)(list.to - events);
    return 1U;
}
