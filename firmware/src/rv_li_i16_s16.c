/* SPDX-License-Identifier: Apache-2.0 */
#define RV_DRIVE const int16_t
#define RV_TAKEN(drive, i) (void)0 /* the next step's first projection overwrites it */
#include "rv_leaky_core.h"

void rv_li_i16_s16(const rv_population_i16_t *p, const int16_t *restrict sums, int16_t *restrict v,
                   int16_t *restrict syn, uint16_t *restrict out)
{
    (void)syn;
    (void)out;
    rv_leaky(p, sums, v, NULL, 0);
}
