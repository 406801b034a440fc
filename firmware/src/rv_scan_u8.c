/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/arith.h"
#include "ranvier/encode.h"
#include "ranvier/mem.h"

/* Write the addresses of four samples that are not 0, the first of them number k, behind `to`. */
RV_INLINE uint16_t *rv_scan_four(uint16_t *to, uint32_t four, uint32_t k)
{
    if ((four & 0x000000FFU) != 0U) {
        ++to;
        *to = (uint16_t)k;
    }
    if ((four & 0x0000FF00U) != 0U) {
        ++to;
        *to = (uint16_t)(k + 1U);
    }
    if ((four & 0x00FF0000U) != 0U) {
        ++to;
        *to = (uint16_t)(k + 2U);
    }
    if ((four & 0xFF000000U) != 0U) {
        ++to;
        *to = (uint16_t)(k + 3U);
    }
    return to;
}

void rv_scan_u8(uint16_t *restrict events, const uint8_t *restrict raw, uint16_t n)
{
    const uint32_t whole = n & 0xFFF8U;
    uint16_t *to = events;
    uint32_t k = 0U;

    for (; k != whole; k += 8U) {
        const uint32_t low = rv_word(&raw[k]);
        const uint32_t high = rv_word(&raw[k + 4U]);

        if ((low | high) != 0U) { /* most of the time all are 0 */
            to = rv_scan_four(to, low, k);
            to = rv_scan_four(to, high, k + 4U);
        }
    }
    for (; k < n; ++k) {
        if (raw[k] != 0U) {
            ++to;
            *to = (uint16_t)k;
        }
    }
    events[0] = (uint16_t)(to - events);
}
