/* SPDX-License-Identifier: Apache-2.0 */
#include "rv_core_i16.h"

void rv_population_i16(const rv_population_i16_t *p, int32_t *restrict drive, int16_t *restrict v,
                       int16_t *restrict syn, uint16_t *restrict out)
{
    rv_core(p, p->rule, p->decay.kind, p->decay.rounding, drive, v, syn, out);
}
