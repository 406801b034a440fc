/* SPDX-License-Identifier: Apache-2.0 */
/* Weights of a few bits in 32-bit sums. */
#ifndef RV_SUBBYTE_I32_H
#define RV_SUBBYTE_I32_H

#define RV_SUM int32_t
#define RV_FIT(x) (x)

#include "rv_subbyte_core.h"

#endif
