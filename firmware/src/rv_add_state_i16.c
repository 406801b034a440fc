/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/project.h"

void rv_add_state_i16(int32_t *restrict drive, const int16_t *restrict state, uint16_t n,
                      int8_t sign)
{
    for (uint16_t i = 0U; i < n; ++i) {
        drive[i] += sign * (int32_t)state[i];
    }
}
