/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/project.h"

#include "rv_project_halves_i8.h"

void rv_project_halves_events_i8(const int8_t *restrict w, uint16_t stride,
                                 const uint16_t *restrict events, int32_t *restrict acc)
{
    register uint32_t r2 __asm__("r2") = stride;
    register int32_t *r3 __asm__("r3") = acc;
    const uint16_t *const first = &events[1];
    const int32_t *const last = &acc[stride];
    const uint32_t n = events[0];

    if (n == 0U) {
        return;
    }
    for (; r3 != last; w += RV_HALVES) {
        /* clang-format off */
        __asm__ volatile("ldr r5, %[w]\n"
                         "ldr r1, %[first]\n"
                         "ldr lr, %[n]\n"
                         RV_GET
                         "mov r4, #1\n"
                         "dls lr, lr\n"
                         "1: ldrh r0, [r1], #2\n"
                         "mla r0, r0, r2, r5\n"
                         RV_SIXTEEN_TIMES
                         "le lr, 1b\n"
                         RV_PUT
                         : "+r"(r3)
                         : "r"(r2), [w] "m"(w), [first] "m"(first), [n] "m"(n)
                         : "r0", "r1", "r4", "r5", "lr", "q0", "q1", "q2", "q3", "q4", "q5", "q6",
                           "q7", "cc", "memory");
        /* clang-format on */
    }
}
