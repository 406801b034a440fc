/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/arith.h"
#include "ranvier/project.h"

void rv_add_shifted(int32_t *restrict drive, int32_t *restrict acc, uint16_t n, int8_t shift)
{
    if (shift >= 0) { /* by two factors, for 2^31 is no int32_t */
        const int32_t some = (int32_t)(1UL << ((uint32_t)shift / 2U));
        const int32_t rest = (int32_t)(1UL << (((uint32_t)shift + 1U) / 2U));

        for (uint16_t i = 0U; i < n; ++i) {
            drive[i] += (acc[i] * some) * rest;
            acc[i] = 0;
        }
    } else {
        for (uint16_t i = 0U; i < n; ++i) {
            drive[i] += rv_asr32(acc[i], (uint32_t)-shift);
            acc[i] = 0;
        }
    }
}
