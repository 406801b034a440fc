/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leaky neurons that are alike but for their thresholds, for cores of Armv6-M: eight registers, no
 * saturation, products of 32 bits. Four at a time, as two pairs.
 *
 *   r0 membranes   r1 sums   r2 thresholds   r3 what of 2^16 is kept
 *   r4 r6 two membranes   r5 r7 work   r8 0xFFFF   r9 end of the membranes
 *   r10 address that was written last   r11 reset value   r12 start of the membranes
 *
 * With the drive in the upper half, v * kept + 0xFFFF + drive * 2^16 leaves 32 bits exactly where the
 * membrane leaves 16: the overflow flag is the saturation. See rv_alike_core.h for the rest.
 */
#include "ranvier/population.h"

/* Membrane x from its product: adds the drive in `sum`, saturates at `over`, ends where it returns. */
#define RV_NEXT(x, sum, over) "adds " x ", " x ", " sum "\n bvs " over "f\n"

/* Two neurons, at[0] and at[1] bytes from r0; labels are n (of the first) and m. */
#define RV_PAIR(low, high, n, m)                                                                  \
    "ldr r6, [r0, #" low "]\n"                                                                    \
    "ldmia r1!, {r5}\n"                                                                           \
    "sxth r4, r6\n"                                                                               \
    "asrs r6, r6, #16\n"                                                                          \
    "muls r4, r3, r4\n"                                                                           \
    "muls r6, r3, r6\n"                                                                           \
    "lsls r7, r5, #16\n"                                                                          \
    "add r7, r8\n" RV_NEXT("r4", "r7", "2" n) "3" n ":\n"                                         \
                                              "mov r7, r8\n"                                      \
                                              "orrs r5, r7\n" RV_NEXT(                            \
                                                  "r6", "r5", "2" m) "3" m ":\n"                  \
                                                                     "asrs r4, r4, #16\n"         \
                                                                     "asrs r6, r6, #16\n"         \
                                                                     "strh r4, [r0, #" low "]\n"  \
                                                                     "strh r6, [r0, #" high "]\n" \
                                                                     "ldmia r2!, {r7}\n"          \
                                                                     "sxth r5, r7\n"              \
                                                                     "asrs r7, r7, #16\n"         \
                                                                     "cmp r4, r5\n"               \
                                                                     "bgt 4" n "f\n"              \
                                                                     "5" n ": cmp r6, r7\n"       \
                                                                     "bgt 4" m "f\n"              \
                                                                     "5" m ":\n"

/* What is seldom done for the neuron `at` bytes and k neurons from r0, whose membrane is x. */
#define RV_SELDOM(x, at, k)            \
    "2" k ": asrs " x ", " x ", #31\n" \
    "movs r7, #1\n"                    \
    "lsls r7, r7, #31\n"               \
    "eors " x ", r7\n"                 \
    "b 3" k "b\n"                      \
    "4" k ": mov r5, r11\n"            \
    "strh r5, [r0, #" at "]\n"         \
    "mov r5, r12\n"                    \
    "subs r4, r0, r5\n"                \
    "lsrs r4, r4, #1\n"                \
    "adds r4, #" k "\n"                \
    "movs r5, #2\n"                    \
    "add r10, r5\n"                    \
    "mov r5, r10\n"                    \
    "strh r4, [r5]\n"                  \
    "b 5" k "b\n"

void rv_lif_i16_thumb1(const rv_population_i16_t *p, const int16_t *restrict sums,
                       int16_t *restrict v, int16_t *restrict syn, uint16_t *restrict out)
{
    register int16_t *r0 __asm__("r0") = v;
    register const int16_t *r1 __asm__("r1") = sums;
    register const int16_t *r2 __asm__("r2") = p->threshold;
    register uint32_t r3 __asm__("r3") = 0x10000U - p->decay.factor[0];
    register uint32_t r8 __asm__("r8") = 0xFFFFU;
    register const int16_t *r9 __asm__("r9") = &v[(p->size + 3U) & ~3U];
    register uint16_t *r10 __asm__("r10") = out;
    register int32_t r11 __asm__("r11") = p->reset_value[0];
    register const int16_t *r12 __asm__("r12") = v;

    (void)syn;
    __asm__ volatile(".syntax unified\n"
                     "1:\n" RV_PAIR("0", "2", "0", "1")
                         RV_PAIR("4", "6", "2",
                                 "3") "adds r0, #8\n"
                                      "cmp r0, r9\n"
                                      "bne 1b\n"
                                      "b 9f\n" RV_SELDOM("r4", "0", "0") RV_SELDOM("r6", "2", "1")
                                          RV_SELDOM("r4", "4", "2") RV_SELDOM("r6", "6", "3") "9:\n"
                     : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r10)
                     : "r"(r3), "r"(r8), "r"(r9), "r"(r11), "r"(r12)
                     : "r4", "r5", "r6", "r7", "cc", "memory");
    out[0] = (uint16_t)(r10 - out);
}
