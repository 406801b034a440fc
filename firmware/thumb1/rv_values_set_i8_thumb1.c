/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rv_values_set_i8_packed for cores of Armv6-M, which multiply and address with eight registers only,
 * but add to the others as well.
 *
 *   r0 column   r1 next value   r2 product   r3 value   r4-r11 sums   r12 end of the values   lr stride
 */
#include "ranvier/values.h"

#include "rv_values_packed.h"

#define RV_TIMES(at, sum) "ldrb r2, [r0, #" at "]\n muls r2, r3\n add " sum ", r2\n"

void rv_values_set_i8_thumb1(const uint8_t *restrict w, uint16_t stride, uint16_t sources,
                             const int16_t *restrict x, int8_t shift, int16_t *restrict sums)
{
    const int16_t *const end = &x[sources];
    const int16_t *const last = &sums[stride];
    const uint32_t start = rv_values_packed_start(x, end);
    const uint32_t left = (shift > 0) ? (uint32_t)shift : 0U;
    const uint32_t right = (shift < 0) ? (uint32_t)-shift : 0U;
    const uint32_t step = stride;
    uint32_t sum[RV_TILE];
    uint32_t *const to = sum;

    for (; sums != last; sums += RV_TILE) {
        __asm__ volatile(
            ".syntax unified\n"
            "ldr r0, %[step]\n mov lr, r0\n"
            "ldr r0, %[end]\n mov r12, r0\n"
            "ldr r4, %[start]\n mov r5, r4\n mov r6, r4\n mov r7, r4\n"
            "mov r8, r4\n mov r9, r4\n mov r10, r4\n mov r11, r4\n"
            "ldr r0, %[w]\n"
            "ldr r1, %[x]\n"
            "1: ldrh r3, [r1]\n"
            "sxth r3, r3\n"
            "adds r1, #2\n" RV_TIMES("0", "r4") RV_TIMES("1", "r6") RV_TIMES("2", "r5")
                RV_TIMES("3", "r7") RV_TIMES("4", "r8") RV_TIMES("5", "r10") RV_TIMES("6", "r9")
                    RV_TIMES("7", "r11") "add r0, lr\n"
                                         "cmp r1, r12\n"
                                         "bne 1b\n"
                                         "ldr r0, %[to]\n"
                                         "stmia r0!, {r4-r7}\n"
                                         "mov r4, r8\n mov r5, r9\n mov r6, r10\n mov r7, r11\n"
                                         "stmia r0!, {r4-r7}\n"
            :
            : [w] "m"(w), [x] "m"(x), [end] "m"(end), [step] "m"(step), [start] "m"(start),
              [to] "m"(to)
            : "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "lr",
              "cc", "memory");
        rv_values_packed_set(sum, left, right, sums);
        w += RV_TILE;
    }
}
