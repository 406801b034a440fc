/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/encode.h"

void rv_encode_rectify(int32_t *x, uint16_t n)
{
    for (uint16_t i = 0U; i < n; ++i) {
        x[i] = (x[i] < 0) ? -x[i] : x[i];
    }
}
