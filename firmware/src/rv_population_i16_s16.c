/* SPDX-License-Identifier: Apache-2.0 */
#include "rv_core_i16_s16.h"

void rv_population_i16_s16(const rv_population_i16_t *p, const int16_t *restrict sums,
                           int16_t *restrict v, int16_t *restrict syn, uint16_t *restrict out)
{
    rv_core(p, p->rule, p->decay.kind, p->decay.rounding, sums, v, syn, out);
}
