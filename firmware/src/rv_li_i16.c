/* SPDX-License-Identifier: Apache-2.0 */
#define RV_DRIVE int32_t
#define RV_TAKEN(drive, i) (drive)[i] = 0
#include "rv_leaky_core.h"

void rv_li_i16(const rv_population_i16_t *p, int32_t *restrict drive, int16_t *restrict v,
               int16_t *restrict syn, uint16_t *restrict out)
{
    (void)syn;
    (void)out;
    rv_leaky(p, drive, v, NULL, 0);
}
