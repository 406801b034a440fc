/* SPDX-License-Identifier: Apache-2.0 */
#include "rv_core_i16_s16.h"

void rv_li_i16_s16(const rv_population_i16_t *p, const int16_t *restrict sums, int16_t *restrict v,
                   int16_t *restrict syn, uint16_t *restrict out)
{
    const rv_rule_t rule = {.fire = RV_FIRE_NONE};

    rv_core(p, rule, RV_DECAY_LEAK, RV_FLOOR, sums, v, syn, out);
}
