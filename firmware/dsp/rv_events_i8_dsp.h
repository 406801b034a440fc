/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Columns of 8-bit weights in 16-bit sums: eight targets at a time and up to four
 * events, so that sums stay in registers while each column's pointer runs along with them.
 *
 * Four weights lie in flash as 0 2 1 3: SXTAB16 adds the first two to a pair of sums and, rotated by
 * 8, the other two to the next, which leaves the sums in their own order.
 *
 *   r0 weights     r1 bytes of a column   r2 next event   r3 next sum   lr their end
 *   r4-r7 sums     r8 r9 weights          r10 r11 r0 r12 columns
 *   r12 between groups: events that are left, a multiple of four
 */
#ifndef RV_EVENTS_I8_DSP_H
#define RV_EVENTS_I8_DSP_H

#include "rv_pairs.h"

#define RV_LOAD "ldmia r3, {r4-r7}\n"
#define RV_FIRST(column)              \
    "ldrd r8, r9, [" column "], #8\n" \
    "sxtb16 r4, r8\n sxtb16 r5, r8, ror #8\n sxtb16 r6, r9\n sxtb16 r7, r9, ror #8\n"
#define RV_ADD(column)                                  \
    "ldrd r8, r9, [" column "], #8\n"                   \
    "sxtab16 r4, r4, r8\n sxtab16 r5, r5, r8, ror #8\n" \
    "sxtab16 r6, r6, r9\n sxtab16 r7, r7, r9, ror #8\n"
#define RV_TILES(sum) "1: " sum "stmia r3!, {r4-r7}\n cmp r3, lr\n bne 1b\n"

/* The first one to three events of a step, whose number is r4; FIRST sets or adds. */
#define RV_ODD(FIRST)                                                                          \
    "cmp r4, #2\n"                                                                             \
    "beq 2f\n"                                                                                 \
    "bhi 3f\n"                                                                                 \
    "ldrh r10, [r2], #2\n"                                                                     \
    "mla r10, r10, r1, r0\n" RV_TILES(                                                         \
        FIRST("r10")) "cmp r12, #0\n"                                                          \
                      "beq 9f\n"                                                               \
                      "b 5f\n"                                                                 \
                      "2: ldr r4, [r2], #4\n"                                                  \
                      "smlabb r10, r4, r1, r0\n"                                               \
                      "smlatb r11, r4, r1, r0\n" RV_TILES(FIRST("r10") RV_ADD(                 \
                          "r11")) "cmp r12, #0\n"                                              \
                                  "beq 9f\n"                                                   \
                                  "b 5f\n"                                                     \
                                  "3: str r0, %[w]\n"                                          \
                                  "ldr r4, [r2], #4\n"                                         \
                                  "smlabb r10, r4, r1, r0\n"                                   \
                                  "smlatb r11, r4, r1, r0\n"                                   \
                                  "ldrh r4, [r2], #2\n"                                        \
                                  "mla r0, r4, r1, r0\n" RV_TILES(                             \
                                      FIRST("r10") RV_ADD("r11") RV_ADD("r0")) "cmp r12, #0\n" \
                                                                               "beq 9f\n"      \
                                                                               "ldr r0, %[w]\n"

/* Four events. */
#define RV_FOUR(FIRST)                                                          \
    "str r0, %[w]\n"                                                            \
    "str r12, %[left]\n"                                                        \
    "ldr r4, [r2], #4\n"                                                        \
    "smlabb r10, r4, r1, r0\n"                                                  \
    "smlatb r11, r4, r1, r0\n"                                                  \
    "ldr r4, [r2], #4\n"                                                        \
    "smlatb r12, r4, r1, r0\n"                                                  \
    "smlabb r0, r4, r1, r0\n"                                                   \
    "sub r3, lr, r1, lsl #1\n" RV_TILES(FIRST("r10") RV_ADD("r11") RV_ADD("r0") \
                                            RV_ADD("r12")) "ldr r0, %[w]\n"     \
                                                           "ldr r12, %[left]\n" \
                                                           "subs r12, r12, #4\n"

#define RV_BEGIN               \
    "ldrh r12, [r2], #2\n"     \
    "add lr, r3, r1, lsl #1\n" \
    "ands r4, r12, #3\n"       \
    "bic r12, r12, #3\n"
#define RV_REST "5: " RV_FOUR(RV_AFTER) "bne 5b\n"
#define RV_AFTER(column) RV_LOAD RV_ADD(column)

#define RV_EVENTS(text)                                                                   \
    register const int8_t *r0 __asm__("r0") = w;                                          \
    register uint32_t r1 __asm__("r1") = stride;                                          \
    register const uint16_t *r2 __asm__("r2") = events;                                   \
    register int16_t *r3 __asm__("r3") = sums;                                            \
    uint32_t kept[2];                                                                     \
                                                                                          \
    __asm__ volatile(                                                                     \
        text                                                                              \
        : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), [w] "=m"(kept[0]), [left] "=m"(kept[1]) \
        :                                                                                 \
        : "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory")

#endif
