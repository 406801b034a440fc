/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/project.h"

#include "rv_project_paired_i8.h"

void rv_project_paired_events_i8(const int8_t *restrict w, uint16_t stride,
                                 const uint16_t *restrict events, int32_t *restrict acc)
{
    const uint16_t *const first = &events[1];
    const uint16_t *const end = &first[events[0]];
    const int32_t *const last = &acc[stride];
    const uint32_t step = stride;

    if (events[0] == 0U) {
        return;
    }
    /* clang-format off */
    __asm__ volatile("1: ldr lr, %[acc]\n"
                     "ldmia lr, {r4-r11}\n"
                     "ldr r1, %[first]\n"
                     "2: ldrh r12, [r1], #2\n"
                     "ldr lr, %[step]\n"
                     "ldr r0, %[w]\n"
                     "mla r0, r12, lr, r0\n"
                     "mov r12, #1\n"
                     RV_EIGHT_TIMES
                     "ldr lr, %[end]\n"
                     "cmp r1, lr\n"
                     "bne 2b\n"
                     RV_NEXT_EIGHT
                     "bne 1b\n"
                     : [w] "+m"(w), [acc] "+m"(acc)
                     : [first] "m"(first), [end] "m"(end), [last] "m"(last), [step] "m"(step)
                     : RV_ALL_REGISTERS);
    /* clang-format on */
}
