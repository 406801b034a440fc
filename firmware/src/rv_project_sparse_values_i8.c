/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/project.h"

void rv_project_sparse_values_i8(const rv_sparse_t *p, const int8_t *restrict w,
                                 const int16_t *restrict x, int32_t *restrict acc)
{
    for (uint16_t j = 0U; j < p->sources; ++j) {
        const int32_t value = x[j];
        const uint32_t end = p->offsets[j + 1U];

        if (value != 0) {
            for (uint32_t k = p->offsets[j]; k < end; ++k) {
                acc[p->targets[k]] += w[k] * value;
            }
        }
    }
}
