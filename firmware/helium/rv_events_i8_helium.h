/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Columns of 8-bit weights in 16-bit sums: sixteen targets at a time and up to eight events, so that
 * sums stay in registers while each column's pointer runs along with them.
 *
 * A register takes 16 weights as eight pairs: lane i is w[i] + 256 w[8 + i]. VADD sums lanes as they
 * are, modulo 2^16, and VQRDMLAH with 128 sums lane * 128 * 2 / 2^16 rounded to the nearest, which is
 * w[8 + i]: what is left of the first sum without 256 times the second is that of w[i]. VQRDMLAH
 * saturates where VADD wraps; it never has to, since the compiler has proved that the sum of any
 * events of a step fits.
 *
 *   r0 weights      r1 bytes of a column   r2 next event   r3 next sum   lr groups left
 *   r4-r11 columns  r12 128 in the lower half, which alone VQRDMLAH reads; events left / 4 above it
 *   q0 sums of lanes, then of their lower targets   q1 sums of their upper targets   q2 work
 */
#ifndef RV_EVENTS_I8_HELIUM_H
#define RV_EVENTS_I8_HELIUM_H

#include "ranvier/events.h"
#include "rv_helium.h"

#define RV_EVENT(column) "ldrh " column ", [r2], #2\n mla " column ", " column ", r1, r0\n"
#define RV_EVENTS_4 RV_EVENT("r4") RV_EVENT("r5") RV_EVENT("r6") RV_EVENT("r7")
#define RV_EVENTS_8 RV_EVENTS_4 RV_EVENT("r8") RV_EVENT("r9") RV_EVENT("r10") RV_EVENT("r11")

#define RV_FIRST "vldrb.u8 q0, [r4], #16\n vrshr.s16 q1, q0, #8\n"
#define RV_NEXT(column) \
    "vldrb.u8 q2, [" column "], #16\n vadd.i16 q0, q0, q2\n vqrdmlah.s16 q1, q2, r12\n"
#define RV_APART "vshl.i16 q2, q1, #8\n vsub.i16 q0, q0, q2\n"
#define RV_SUM_2 RV_FIRST RV_NEXT("r5")
#define RV_SUM_3 RV_SUM_2 RV_NEXT("r6")
#define RV_SUM_4 RV_SUM_3 RV_NEXT("r7")
#define RV_SUM_8 RV_SUM_4 RV_NEXT("r8") RV_NEXT("r9") RV_NEXT("r10") RV_NEXT("r11")
#define RV_COLUMN RV_FIRST "vmovlb.s8 q0, q0\n"
#define RV_COLUMNS_2 RV_SUM_2 RV_APART
#define RV_COLUMNS_3 RV_SUM_3 RV_APART
#define RV_COLUMNS_4 RV_SUM_4 RV_APART
#define RV_COLUMNS_8 RV_SUM_8 RV_APART

/* What becomes of sums: they replace those that are there, or are added to them. */
#define RV_SET ""
#define RV_ADD                                   \
    "vldrh.u16 q2, [r3]\n vadd.i16 q0, q0, q2\n" \
    "vldrh.u16 q2, [r3, #16]\n vadd.i16 q1, q1, q2\n"

/* All groups of targets; `sum` leaves theirs in q0 and q1. */
#define RV_GROUPS(sum) "lsr lr, r1, #4\n dls lr, lr\n 7: " sum RV_STORE
#define RV_STORE "vstrh.16 q0, [r3], #16\n vstrh.16 q1, [r3], #16\n le lr, 7b\n"

/* Goes to 1, 2, 3 or 4 with the events that are one, two, three or none more than fours. */
#define RV_BEGIN                  \
    "ldrh r4, [r2], #2\n"         \
    "lsr r12, r4, #2\n"           \
    "cmp r4, #1\n"                \
    "beq 1f\n"                    \
    "mov r5, #128\n"              \
    "orr r12, r5, r12, lsl #16\n" \
    "ands r4, r4, #3\n"           \
    "beq 4f\n"                    \
    "cmp r4, #2\n"                \
    "beq 2f\n"                    \
    "bhi 3f\n"
#define RV_ONE "1: " RV_EVENT("r4")
#define RV_TWO "b 5f\n 2: " RV_EVENT("r4") RV_EVENT("r5")
#define RV_THREE "b 5f\n 3: " RV_EVENT("r4") RV_EVENT("r5") RV_EVENT("r6")
#define RV_FOUR "b 5f\n 4: subs r12, r12, #65536\n blo 8f\n" RV_EVENTS_4
/* Four more, then eights. */
#define RV_MORE                \
    "5: cmp r12, #65536\n"     \
    "blo 9f\n"                 \
    "sub r3, r3, r1, lsl #1\n" \
    "tst r12, #65536\n"        \
    "beq 6f\n"                 \
    "sub r12, r12, #65536\n"
#define RV_EIGHT "b 5b\n 6: sub r12, r12, #131072\n"
#define RV_NONE "b 5b\n 8: "
#define RV_END "9:\n"

/* HOW is what becomes of the first sums of a step, NONE the code where there is no event. */
#define RV_EVENTS(HOW, NONE)                                                                      \
    register const int8_t *r0 __asm__("r0") = w;                                                  \
    register uint32_t r1 __asm__("r1") = stride;                                                  \
    register const uint16_t *r2 __asm__("r2") = events;                                           \
    register int16_t *r3 __asm__("r3") = sums;                                                    \
                                                                                                  \
    __asm__ volatile(RV_BEGIN RV_ONE RV_GROUPS(RV_COLUMN HOW) RV_TWO RV_GROUPS(RV_COLUMNS_2 HOW)  \
                         RV_THREE RV_GROUPS(RV_COLUMNS_3 HOW) RV_FOUR RV_GROUPS(RV_COLUMNS_4 HOW) \
                             RV_MORE RV_EVENTS_4 RV_GROUPS(RV_COLUMNS_4 RV_ADD)                   \
                                 RV_EIGHT RV_EVENTS_8 RV_GROUPS(RV_COLUMNS_8 RV_ADD)              \
                                     RV_NONE NONE RV_END                                          \
                     : "+r"(r2), "+r"(r3)                                                         \
                     : "r"(r0), "r"(r1)                                                           \
                     : "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "lr", "q0", "q1", \
                       "q2", "cc", "memory")

#endif
