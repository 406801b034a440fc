/* SPDX-License-Identifier: Apache-2.0 */
#define RV_WEIGHT int16_t
#include "rv_window_core.h"

void rv_project_conv_values_i16(const rv_conv_t *p, const int16_t *restrict w,
                                const int16_t *restrict x, int32_t *restrict acc)
{
    rv_window_values(p, w, x, acc);
}
