/* SPDX-License-Identifier: Apache-2.0 */
/* Weights of a few bits in 16-bit sums: they wrap on the way, the last one fits. */
#ifndef RV_SUBBYTE_I16_H
#define RV_SUBBYTE_I16_H

#define RV_SUM int16_t
#define RV_FIT(x) rv_wrap16(x)

#include "rv_subbyte_core.h"

#endif
