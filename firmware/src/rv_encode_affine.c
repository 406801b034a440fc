/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/arith.h"
#include "ranvier/encode.h"

void rv_encode_affine(int32_t *restrict x, uint16_t n, const int32_t *restrict factor,
                      const int32_t *restrict offset, uint8_t shift)
{
    for (uint16_t i = 0U; i < n; ++i) {
        x[i] = rv_asr32((x[i] * factor[i]) + offset[i], shift);
    }
}
