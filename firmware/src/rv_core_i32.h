/* SPDX-License-Identifier: Apache-2.0 */
/* The population core over 24- and 32-bit states and 64-bit sums. */
#define RV_STATE int32_t
#define RV_WIDE int64_t
#define RV_PARAMS rv_population_i32_t
#define RV_OP(f) f##64
#include "rv_population_core.h"
