/* SPDX-License-Identifier: Apache-2.0 */
#include "rv_lif_i16_dsp.h"

void rv_lif_i16_left_dsp(const rv_population_i16_t *p, const int16_t *restrict sums,
                         int16_t *restrict v, int16_t *restrict syn, uint16_t *restrict out)
{
    RV_LIF(RV_LEFT("r11") RV_LEFT("r12"));
}
