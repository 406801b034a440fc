/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Eight targets at a time, whose sums stay in registers while the values of all sources pass by, eight
 * to a register: VMLADAV adds eight products of a target at once. It adds to even registers only.
 *
 *   r0 r2 r4 r6 r8 r10 r12 lr sums   r1 next values   r3 weights   r5 next sum   r7 blocks left
 *   r9 blocks   q0 values   q1 q2 weights
 */
#include "ranvier/values.h"

#include "rv_helium.h"

/* clang-format off */
#define RV_TWO(how, a, b)                                           \
    "vldrb.s16 q1, [r3], #8\n vldrb.s16 q2, [r3], #8\n"             \
    how ".s16 " a ", q0, q1\n " how ".s16 " b ", q0, q2\n"
#define RV_BLOCK(how)                                               \
    "vldrh.u16 q0, [r1], #16\n"                                     \
    RV_TWO(how, "r0", "r2") RV_TWO(how, "r4", "r6")                 \
    RV_TWO(how, "r8", "r10") RV_TWO(how, "r12", "lr")
/* clang-format on */

void rv_values_set_i8_helium(const int8_t *restrict w, uint16_t stride, uint16_t blocks,
                             const int16_t *restrict x, int8_t shift, int16_t *restrict sums)
{
    register const int8_t *r3 __asm__("r3") = w;
    register int16_t *r5 __asm__("r5") = sums;
    register uint32_t r9 __asm__("r9") = blocks;
    const int16_t *const last = &sums[stride];
    const int32_t by = shift;

    /* clang-format off */
    __asm__ volatile("1: ldr r1, %[x]\n"
                     "mov r7, r9\n"
                     RV_BLOCK("vmladav")
                     "subs r7, r7, #1\n"
                     "beq 3f\n"
                     "2:\n"
                     RV_BLOCK("vmladava")
                     "subs r7, r7, #1\n"
                     "bne 2b\n"
                     "3: vmov q0[2], q0[0], r0, r4\n"
                     "vmov q0[3], q0[1], r2, r6\n"
                     "ldr r0, %[by]\n"
                     "vmov q1[2], q1[0], r8, r12\n"
                     "vmov q1[3], q1[1], r10, lr\n"
                     "vshl.s32 q0, r0\n"
                     "vshl.s32 q1, r0\n"
                     "ldr r2, %[last]\n"
                     "vstrh.32 q0, [r5], #8\n"
                     "vstrh.32 q1, [r5], #8\n"
                     "cmp r5, r2\n"
                     "bne 1b\n"
                     : "+r"(r3), "+r"(r5)
                     : "r"(r9), [x] "m"(x), [last] "m"(last), [by] "m"(by)
                     : "r0", "r1", "r2", "r4", "r6", "r7", "r8", "r10", "r12", "lr", "q0", "q1",
                       "q2", "cc", "memory");
    /* clang-format on */
}
