/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/encode.h"

void rv_scan_u8(uint16_t *restrict events, const uint8_t *restrict raw, uint16_t n)
{
    uint16_t *to = events;
    uint32_t k = 0U;

    while (k < n) {
        uint32_t end = k + 1U;
        uint32_t eight[2] = {1U, 0U};

        if ((n - k) >= sizeof eight) { /* most of the time all are 0 */
            __builtin_memcpy(eight, &raw[k], sizeof eight);
            end = k + sizeof eight;
        }
        if ((eight[0] | eight[1]) != 0U) {
            for (uint32_t j = k; j < end; ++j) {
                if (raw[j] != 0U) {
                    ++to;
                    *to = (uint16_t)j;
                }
            }
        }
        k = end;
    }
    events[0] = (uint16_t)(to - events);
}
