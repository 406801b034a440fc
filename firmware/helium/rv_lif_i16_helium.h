/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leaky neurons that fire above their threshold once a step and are then set to a value: eight at a
 * time. decayed = v - floor(v * factor / 2^16) fits 16 bits for 0 <= factor, so that the one addition
 * that saturates is that of the sum. A lane has two equal bits in a predicate: the place of the lower
 * one is the lane's offset in bytes.
 *
 *   q0 membranes   q1 what decays, then thresholds   q2 sums   q3 factor
 */
#ifndef RV_LIF_I16_HELIUM_H
#define RV_LIF_I16_HELIUM_H

#include "ranvier/population.h"

#include "rv_helium.h"

/* SHIFTED brings q2, the sums, to the membranes' scale. */
#define RV_LIF(SHIFTED)                                                                           \
    const int16_t *threshold = p->threshold;                                                      \
    const uint8_t *next = (const uint8_t *)&v[RV_LANES];                                          \
    const uint32_t blocks = (p->size + (RV_LANES - 1U)) / RV_LANES;                               \
    uint16_t *to = &out[1];                                                                       \
    uint32_t mask;                                                                                \
    uint32_t first;                                                                               \
    uint32_t work;                                                                                \
                                                                                                  \
    (void)syn;                                                                                    \
    __asm__ volatile(                                                                             \
        "vdup.16 q3, %[factor]\n"                                                                 \
        "dls lr, %[blocks]\n"                                                                     \
        "1: vldrh.u16 q0, [%[v]]\n"                                                               \
        "vmulh.s16 q1, q0, q3\n"                                                                  \
        "vldrh.u16 q2, [%[sums]], #16\n" SHIFTED "vsub.i16 q0, q0, q1\n"                          \
        "vldrh.u16 q1, [%[threshold]], #16\n"                                                     \
        "vqadd.s16 q0, q0, q2\n"                                                                  \
        "vpt.s16 gt, q0, q1\n"                                                                    \
        "vdupt.16 q0, %[reset]\n"                                                                 \
        "vmrs %[mask], p0\n"                                                                      \
        "vstrh.16 q0, [%[v]], #16\n"                                                              \
        "cbnz %[mask], 3f\n"                                                                      \
        "2: le lr, 1b\n"                                                                          \
        "b 5f\n"                                                                                  \
        "3: and %[mask], %[mask], %[lower]\n"                                                     \
        "sub %[first], %[v], %[next]\n"                                                           \
        "4: rbit %[work], %[mask]\n"                                                              \
        "clz %[work], %[work]\n"                                                                  \
        "add %[work], %[work], %[first]\n"                                                        \
        "lsr %[work], %[work], #1\n"                                                              \
        "strh %[work], [%[to]], #2\n"                                                             \
        "sub %[work], %[mask], #1\n"                                                              \
        "ands %[mask], %[mask], %[work]\n"                                                        \
        "bne 4b\n"                                                                                \
        "b 2b\n"                                                                                  \
        "5:\n"                                                                                    \
        : [v] "+r"(v), [sums] "+r"(sums), [threshold] "+r"(threshold), [to] "+r"(to),             \
          [mask] "=&l"(mask), [first] "=&r"(first), [work] "=&r"(work)                            \
        : [blocks] "r"(blocks), [factor] "r"(p->decay.factor[0]), [reset] "r"(p->reset_value[0]), \
          [lower] "r"(0x5555U), [next] "r"(next), [shift] "r"((int32_t)p->shift)                  \
        : "q0", "q1", "q2", "q3", "p0", "lr", "cc", "memory");                                    \
    out[0] = (uint16_t)(to - &out[1])

#endif
