/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/decode.h"

void rv_output_counts(int32_t *restrict out, const uint16_t *restrict counts, uint16_t n)
{
    for (uint16_t i = 0U; i < n; ++i) {
        out[i] = counts[i];
    }
}
