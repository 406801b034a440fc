/* SPDX-License-Identifier: Apache-2.0 */
/* The population core over 16-bit states, 32-bit arithmetic, and inputs that were summed in 16 bits. */
#define RV_DRIVE const int16_t
#define RV_TAKEN(drive, i) (void)0 /* the next step's first projection overwrites it */
#define RV_STATE int16_t
#define RV_WIDE int32_t
#define RV_PARAMS rv_population_i16_t
#define RV_OP(f) f##32
#define RV_GAINED(x, s, i) (x)
#include "rv_population_core.h"
