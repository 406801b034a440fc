/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paired columns (rv_events_i8_dsp.h) in 32-bit accumulators, for steps that bring more than 16 bits
 * hold: eight targets at a time, whose accumulators stay in registers while all sources pass by.
 *
 *   r0 a column   r1 next value or event   r2 r3 lr weights   r4-r11 accumulators   r12 the value
 */
#ifndef RV_PROJECT_PAIRED_I8_H
#define RV_PROJECT_PAIRED_I8_H

#include "rv_pairs.h"

/* clang-format off */
#define RV_FOUR_TIMES(from, a, b, c, d)                       \
    "sxtb16 lr, " from "\n"                                   \
    "smlabb " a ", lr, r12, " a "\n smlatb " b ", lr, r12, " b "\n" \
    "sxtb16 lr, " from ", ror #8\n"                           \
    "smlabb " c ", lr, r12, " c "\n smlatb " d ", lr, r12, " d "\n"
#define RV_EIGHT_TIMES                                        \
    "ldrd r2, r3, [r0]\n"                                     \
    RV_FOUR_TIMES("r2", "r4", "r5", "r6", "r7")               \
    RV_FOUR_TIMES("r3", "r8", "r9", "r10", "r11")

/* Puts eight accumulators back and goes on to the next eight; Z says that there are none. */
#define RV_NEXT_EIGHT                                         \
    "ldr lr, %[w]\n"                                          \
    "add lr, lr, #8\n"                                        \
    "str lr, %[w]\n"                                          \
    "ldr lr, %[acc]\n"                                        \
    "stmia lr!, {r4-r11}\n"                                   \
    "str lr, %[acc]\n"                                        \
    "ldr r12, %[last]\n"                                      \
    "cmp lr, r12\n"
#define RV_ALL_REGISTERS                                      \
    "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8",     \
    "r9", "r10", "r11", "r12", "lr", "cc", "memory"
/* clang-format on */

#endif
