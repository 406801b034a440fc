/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Eight targets at a time, whose sums stay in registers while the values of all sources pass by, two
 * to a word: SMLAD adds both products of a target at once.
 *
 *   r0 weights   r1 next pair of values   r2 r3 lr weights   r4-r11 sums   r12 a pair of values
 */
#include "ranvier/values.h"

#include "rv_pairs.h"

#define RV_PAIR "ldr r12, [r1], #4\n"
#define RV_FIRST(from, a, b)                                    \
    "sxtb16 lr, " from "\n sxtb16 " from ", " from ", ror #8\n" \
    "smuad " a ", lr, r12\n smuad " b ", " from ", r12\n"
#define RV_NEXT(from, a, b)                                     \
    "sxtb16 lr, " from "\n sxtb16 " from ", " from ", ror #8\n" \
    "smlad " a ", lr, r12, " a "\n smlad " b ", " from ", r12, " b "\n"
#define RV_EIGHT(ADD)                                                         \
    RV_PAIR "ldrd r2, r3, [r0], #8\n" ADD("r2", "r4", "r5")                   \
        ADD("r3", "r6", "r7") "ldrd r2, r3, [r0], #8\n" ADD("r2", "r8", "r9") \
            ADD("r3", "r10", "r11")
#define RV_SHIFT(how)                                                                        \
    how " r4, r12\n" how " r5, r12\n" how " r6, r12\n" how " r7, r12\n" how " r8, r12\n" how \
        " r9, r12\n" how " r10, r12\n" how " r11, r12\n"

void rv_values_set_i8_dsp(const int8_t *restrict w, uint16_t stride, uint16_t pairs,
                          const int16_t *restrict x, int8_t shift, int16_t *restrict sums)
{
    register const int8_t *r0 __asm__("r0") = w;
    const int16_t *const end = &x[2U * (uint32_t)pairs];
    const int16_t *const last = &sums[stride];
    int16_t *to = sums;
    const int32_t left = shift;
    const int32_t right = -shift;

    /* The second to the last pair two at a time; an odd number of them enters in the middle. */
    /* clang-format off */
    __asm__ volatile("1: ldr r1, %[x]\n"
                     RV_EIGHT(RV_FIRST)
                     "ldr lr, %[end]\n"
                     "cmp r1, lr\n"
                     "beq 4f\n"
                     "eor lr, lr, r1\n"
                     "tst lr, #4\n"
                     "bne 3f\n"
                     "2:\n"
                     RV_EIGHT(RV_NEXT)
                     "3:\n"
                     RV_EIGHT(RV_NEXT)
                     "ldr lr, %[end]\n"
                     "cmp r1, lr\n"
                     "bne 2b\n"
                     "4: ldr r12, %[left]\n"
                     "cmp r12, #0\n"
                     "bmi 5f\n"
                     RV_SHIFT("lsl")
                     "b 6f\n"
                     "5: ldr r12, %[right]\n"
                     RV_SHIFT("asr")
                     "6: pkhbt r4, r4, r5, lsl #16\n"
                     "pkhbt r5, r6, r7, lsl #16\n"
                     "pkhbt r6, r8, r9, lsl #16\n"
                     "pkhbt r7, r10, r11, lsl #16\n"
                     "ldr lr, %[to]\n"
                     "stmia lr!, {r4-r7}\n"
                     "str lr, %[to]\n"
                     "ldr r12, %[last]\n"
                     "cmp lr, r12\n"
                     "bne 1b\n"
                     : "+r"(r0), [to] "+m"(to)
                     : [x] "m"(x), [end] "m"(end), [last] "m"(last), [left] "m"(left),
                       [right] "m"(right)
                     : "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12",
                       "lr", "cc", "memory");
    /* clang-format on */
}
