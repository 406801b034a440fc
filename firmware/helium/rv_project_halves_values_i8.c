/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/project.h"

#include "rv_project_halves_i8.h"

void rv_project_halves_values_i8(const int8_t *restrict w, uint16_t stride, uint16_t sources,
                                 const int16_t *restrict x, int32_t *restrict acc)
{
    register uint32_t r2 __asm__("r2") = stride;
    register int32_t *r3 __asm__("r3") = acc;
    const int32_t *const last = &acc[stride];
    const uint32_t n = sources;

    for (; r3 != last; w += RV_HALVES) {
        /* clang-format off */
        __asm__ volatile("ldr r0, %[w]\n"
                         "ldr r1, %[x]\n"
                         "ldr lr, %[n]\n"
                         RV_GET
                         "dls lr, lr\n"
                         "1: ldrsh r4, [r1], #2\n"
                         "cbz r4, 2f\n"
                         RV_SIXTEEN_TIMES
                         "2: add r0, r0, r2\n"
                         "le lr, 1b\n"
                         RV_PUT
                         : "+r"(r3)
                         : "r"(r2), [w] "m"(w), [x] "m"(x), [n] "m"(n)
                         : "r0", "r1", "r4", "lr", "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7",
                           "cc", "memory");
        /* clang-format on */
    }
}
