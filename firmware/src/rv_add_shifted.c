/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/arith.h"
#include "ranvier/project.h"

void rv_add_shifted(int32_t *restrict drive, int32_t *restrict acc, uint16_t n, int8_t shift)
{
    for (uint16_t i = 0U; i < n; ++i) {
        drive[i] += rv_shift32(acc[i], shift);
        acc[i] = 0;
    }
}
