/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Columns in halves (rv_events_i8_helium.h) in 32-bit accumulators, for steps that bring more than 16
 * bits hold: sixteen targets at a time, whose accumulators stay in registers while all sources pass by.
 *
 *   r0 next column   r1 next value or event   r2 bytes of a column   r3 accumulators   r4 a value
 *   lr sources left   q0-q3 weights   q4 q5 even and odd accumulators of the lower half   q6 q7 those
 *   of the upper
 */
#ifndef RV_PROJECT_HALVES_I8_H
#define RV_PROJECT_HALVES_I8_H

#include "rv_helium.h"

#define RV_HALVES 16U /* targets of a group */

/* clang-format off */
#define RV_GET                                                      \
    "vld20.32 {q4, q5}, [r3]\n vld21.32 {q4, q5}, [r3]!\n"          \
    "vld20.32 {q6, q7}, [r3]\n vld21.32 {q6, q7}, [r3]\n"           \
    "sub r3, r3, #32\n"
#define RV_PUT                                                      \
    "vst20.32 {q4, q5}, [r3]\n vst21.32 {q4, q5}, [r3]!\n"          \
    "vst20.32 {q6, q7}, [r3]\n vst21.32 {q6, q7}, [r3]!\n"
#define RV_WIDE(from, even, odd)                                    \
    "vmovlb.s16 q2, " from "\n vmovlt.s16 q3, " from "\n"           \
    "vmla.s32 " even ", q2, r4\n vmla.s32 " odd ", q3, r4\n"
/* The column at r0 times r4. */
#define RV_SIXTEEN_TIMES                                            \
    "vldrh.u16 q0, [r0]\n"                                          \
    "vmovlb.s8 q1, q0\n"                                            \
    "vrshr.s16 q0, q0, #8\n"                                        \
    RV_WIDE("q1", "q4", "q5") RV_WIDE("q0", "q6", "q7")
/* clang-format on */

#endif
