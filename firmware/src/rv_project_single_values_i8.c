/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/arith.h"
#include "ranvier/project.h"

#include <stddef.h>

void rv_project_single_values_i8(const int8_t *restrict w, uint16_t targets, uint16_t sources,
                                 const int16_t *restrict x, uint32_t shift, uint32_t bits,
                                 int32_t *restrict acc)
{
    for (uint16_t j = 0U; j < sources; ++j) {
        const int32_t value = x[j];
        const int8_t *column = &w[(size_t)j * targets];

        if (value != 0) {
            for (uint16_t i = 0U; i < targets; ++i) {
                acc[i] = rv_sat32(acc[i] + (rv_shl32(column[i], shift) * value), bits);
            }
        }
    }
}
