/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/project.h"

#include "rv_project_paired_i8.h"

void rv_project_paired_values_i8(const int8_t *restrict w, uint16_t stride, uint16_t sources,
                                 const int16_t *restrict x, int32_t *restrict acc)
{
    const int16_t *const end = &x[sources];
    const int32_t *const last = &acc[stride];
    const uint32_t step = stride;

    /* clang-format off */
    __asm__ volatile("1: ldr lr, %[acc]\n"
                     "ldmia lr, {r4-r11}\n"
                     "ldr r1, %[first]\n"
                     "ldr r0, %[w]\n"
                     "2: ldrsh r12, [r1], #2\n"
                     "cmp r12, #0\n"
                     "beq 3f\n"
                     RV_EIGHT_TIMES
                     "3: ldr r12, %[step]\n"
                     "add r0, r0, r12\n"
                     "ldr lr, %[end]\n"
                     "cmp r1, lr\n"
                     "bne 2b\n"
                     RV_NEXT_EIGHT
                     "bne 1b\n"
                     : [w] "+m"(w), [acc] "+m"(acc)
                     : [first] "m"(x), [end] "m"(end), [last] "m"(last), [step] "m"(step)
                     : RV_ALL_REGISTERS);
    /* clang-format on */
}
