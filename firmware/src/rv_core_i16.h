/* SPDX-License-Identifier: Apache-2.0 */
/* The population core over 16-bit states and 32-bit sums. */
#define RV_DRIVE int32_t
#define RV_TAKEN(drive, i) (drive)[i] = 0
#define RV_STATE int16_t
#define RV_WIDE int32_t
#define RV_PARAMS rv_population_i16_t
#define RV_OP(f) f##32
#define RV_GAINED(x, s, i) (x)
#include "rv_population_core.h"
