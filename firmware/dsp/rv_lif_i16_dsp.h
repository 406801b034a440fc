/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leaky neurons that fire above their threshold once a step and are then set to a value: four at a
 * time, a pair to a register. decayed = v - ((v * factor) >> 16) fits 16 bits for 0 <= factor, so
 * that the one addition that saturates is that of the sum.
 *
 *   r0 membranes   r1 sums   r2 thresholds   r3 addresses of those that fired
 *   r4 neurons left   r5 factor in the upper half, shift in the lower   r6 reset value twice
 *   r7 0   r8 marks   r9-r12 work   lr what a shifted pair keeps
 *
 * SSUB16 sets GE for neurons that stay below; SEL puts a mark in place of those that don't, in bit
 * 15 for the first of a pair and bit 16 for the second, so that one shift brings both into flags.
 */
#ifndef RV_LIF_I16_DSP_H
#define RV_LIF_I16_DSP_H

#include "ranvier/population.h"
#include "rv_pairs.h"

#define RV_DECAYED(x)                \
    "smulbt r11, " x ", r5\n"        \
    "smultt r12, " x ", r5\n"        \
    "pkhtb r12, r12, r11, asr #16\n" \
    "ssub16 " x ", " x ", r12\n"
#define RV_FIRE(x, theta)                  \
    "ssub16 " theta ", " theta ", " x "\n" \
    "sel " theta ", r7, r8\n"              \
    "sel " x ", " x ", r6\n"
#define RV_EMIT(pair)                \
    "lsls " pair ", " pair ", #16\n" \
    "it mi\n"                        \
    "strhmi r9, [r3], #2\n"          \
    "add r9, r9, #1\n"               \
    "it cs\n"                        \
    "strhcs r9, [r3], #2\n"

/* Both halves times 2^shift, which fit: what the lower brings into the upper is taken off. */
#define RV_LEFT(pair) "lsl " pair ", " pair ", r5\n and " pair ", " pair ", lr\n"

/* SHIFTED brings r11 and r12, the sums of four neurons, to their scale. */
#define RV_LIF(SHIFTED)                                                                            \
    register int16_t *r0 __asm__("r0") = v;                                                        \
    register const int16_t *r1 __asm__("r1") = sums;                                               \
    register const int16_t *r2 __asm__("r2") = p->threshold;                                       \
    register uint16_t *r3 __asm__("r3") = &out[1];                                                 \
    register uint32_t r4 __asm__("r4") = (p->size + 3U) & ~3U;                                     \
    register uint32_t r5 __asm__("r5") =                                                           \
        ((uint32_t)p->decay.factor[0] << 16) | (uint32_t)p->shift;                                 \
    register uint32_t r6 __asm__("r6") = (uint16_t)p->reset_value[0] * 0x10001U;                   \
    register uint32_t r7 __asm__("r7") = 0U;                                                       \
    register uint32_t r8 __asm__("r8") = 0x00018000U;                                              \
    register uint32_t lr __asm__("lr") = ~(((1UL << (uint32_t)p->shift) - 1UL) << 16);             \
    const uint32_t size = r4;                                                                      \
                                                                                                   \
    (void)syn;                                                                                     \
    __asm__ volatile(                                                                              \
        "1: ldrd r9, r10, [r0]\n" RV_DECAYED("r9") RV_DECAYED(                                     \
            "r10") "ldrd r11, r12, [r1], #8\n" SHIFTED "qadd16 r9, r9, r11\n"                      \
                   "qadd16 r10, r10, r12\n"                                                        \
                   "ldrd r11, r12, [r2], #8\n" RV_FIRE("r9", "r11")                                \
                       RV_FIRE("r10", "r12") "strd r9, r10, [r0], #8\n"                            \
                                             "orrs r9, r11, r12\n"                                 \
                                             "bne 3f\n"                                            \
                                             "2: subs r4, r4, #4\n"                                \
                                             "bne 1b\n"                                            \
                                             "b 4f\n"                                              \
                                             "3: ldr r9, %[size]\n sub r9, r9, r4\n" RV_EMIT(      \
                                                 "r11") "add r9, r9, #1\n" RV_EMIT("r12") "b 2b\n" \
                                                                                          "4:\n"   \
        : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4)                                         \
        : "r"(r5), "r"(r6), "r"(r7), "r"(r8), "r"(lr), [size] "m"(size)                            \
        : "r9", "r10", "r11", "r12", "cc", "memory");                                              \
    out[0] = (uint16_t)(r3 - &out[1])

#endif
