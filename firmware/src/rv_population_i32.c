/* SPDX-License-Identifier: Apache-2.0 */
#include "rv_core_i32.h"

void rv_population_i32(const rv_population_i32_t *p, int32_t *restrict drive, int32_t *restrict v,
                       int32_t *restrict syn, uint16_t *restrict out)
{
    rv_core(p, p->rule, p->decay.kind, p->decay.rounding, drive, v, syn, out);
}
