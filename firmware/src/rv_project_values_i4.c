/* SPDX-License-Identifier: Apache-2.0 */
#include "rv_subbyte_i32.h"

void rv_project_values_i4(const uint8_t *restrict w, uint16_t targets, uint16_t sources,
                          const int16_t *restrict x, int32_t *restrict acc)
{
    const uint32_t bytes = rv_subbyte_bytes(targets, 4U);

    for (uint16_t j = 0U; j < sources; ++j) {
        if (x[j] != 0) {
            rv_subbyte_column(&w[j * bytes], targets, 4U, x[j], acc);
        }
    }
}
