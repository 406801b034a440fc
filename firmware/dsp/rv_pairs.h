/* SPDX-License-Identifier: Apache-2.0 */
/* Two 16-bit values to a word, for cores with the DSP extension (Armv7E-M, Armv8-M with DSP). */
#ifndef RV_PAIRS_H
#define RV_PAIRS_H

#include <stdint.h>

#ifndef __ARM_FEATURE_DSP
#error "these kernels need a core with the DSP extension"
#endif

/* An array of int16_t, two at a time: the low half comes first. */
typedef uint32_t __attribute__((may_alias)) rv_pair_t;

#endif
