/* SPDX-License-Identifier: Apache-2.0 */
/* Eight 16-bit values to a register, for cores with the integer part of Helium (Armv8.1-M MVE). */
#ifndef RV_HELIUM_H
#define RV_HELIUM_H

#if !defined(__ARM_FEATURE_MVE) || ((__ARM_FEATURE_MVE & 1) == 0)
#error "these kernels need a core with Helium"
#endif

#include <arm_mve.h>

#include "ranvier/arith.h"

#define RV_LANES 8U

/*
 * Write k plus the number of each lane in `mask` behind `to`, ascending; `per_lane` is how many bits
 * of a predicate a lane has: 2 where lanes have 16 bits, 1 where they have 8.
 */
RV_INLINE uint16_t *rv_lanes(uint16_t *to, uint32_t mask, uint32_t k, uint32_t per_lane)
{
    uint32_t left = (per_lane == 2U) ? (mask & 0x5555U) : mask;

    while (left != 0U) {
        ++to;
        *to = (uint16_t)(k + ((uint32_t)__builtin_ctz(left) / per_lane));
        left &= left - 1U;
    }
    return to;
}

#endif
