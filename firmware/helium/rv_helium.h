/* SPDX-License-Identifier: Apache-2.0 */
/* Eight 16-bit values to a register, for cores with the integer part of Helium (Armv8.1-M MVE). */
#ifndef RV_HELIUM_H
#define RV_HELIUM_H

#include <stdint.h>

#if !defined(__ARM_FEATURE_MVE) || ((__ARM_FEATURE_MVE & 1) == 0)
#error "these kernels need a core with Helium"
#endif

#define RV_LANES 8U

#endif
