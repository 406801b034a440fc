/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/encode.h"

void rv_encode_refractory(int32_t *restrict x, uint16_t *restrict wait, uint16_t n,
                          uint16_t refractory)
{
    for (uint16_t i = 0U; i < n; ++i) {
        if (wait[i] > 0U) {
            --wait[i];
            x[i] = 0;
        } else if (x[i] != 0) {
            wait[i] = refractory;
        } else {
            /* at rest, and nothing came */
        }
    }
}
