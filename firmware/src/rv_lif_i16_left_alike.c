/* SPDX-License-Identifier: Apache-2.0 */
#include "rv_alike_core.h"

void rv_lif_i16_left_alike(const rv_population_i16_t *p, const int16_t *restrict sums,
                           int16_t *restrict v, int16_t *restrict syn, uint16_t *restrict out)
{
    (void)syn;
    rv_alike(p, sums, v, out, (int32_t)(1UL << (uint32_t)p->shift));
}
