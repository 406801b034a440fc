/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/mem.h"

void rv_zero(void *to, uint32_t bytes)
{
    uint8_t *byte = to;

    for (uint32_t i = 0U; i < bytes; ++i) {
        byte[i] = 0U;
    }
}
