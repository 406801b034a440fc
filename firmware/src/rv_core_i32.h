/* SPDX-License-Identifier: Apache-2.0 */
/* The population core over 24- and 32-bit states and 64-bit sums. */
#define RV_DRIVE int32_t
#define RV_TAKEN(drive, i) (drive)[i] = 0
#define RV_STATE int32_t
#define RV_WIDE int64_t
#define RV_PARAMS rv_population_i32_t
#define RV_OP(f) f##64
#define RV_GAINED(x, s, i)     \
    (((s)->drive_gain == NULL) \
         ? (x)                 \
         : rv_asr64((x) * (int64_t)(s)->drive_gain[(i) & (s)->drive_mask], (s)->drive_shift))
#include "rv_population_core.h"
