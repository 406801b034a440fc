/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The population core over leaky neurons, two to a word, for cores with the DSP extension: 16-bit
 * sums, one factor 0..32767 with a shift of 16 for all, once a step above or at a threshold, reset to
 * one value or by the threshold, at once or before the next sum. Arrays come in whole groups of
 * four; those neurons that fill up the last have threshold 32767, bias 0 and, where neurons fire at
 * their thresholds, sum 0. Biases are two to a word as well.
 *
 * decayed = v - floor(v * factor / 2^16) fits 16 bits, and so does what is added to it, which is
 * proved when the network is compiled: the sum, the bias and less what a reset takes off. So one
 * addition saturates. A threshold that is taken off is not negative.
 */
#ifndef RV_CORE_I16_PAIRS_H
#define RV_CORE_I16_PAIRS_H

#include <stddef.h>

#include "ranvier/arith.h"
#include "ranvier/mem.h"
#include "ranvier/population.h"

#ifndef __ARM_FEATURE_DSP
#error "these neurons need a core with the DSP extension"
#endif

#define RV_MARKS 0x00010001U

RV_INLINE uint32_t rv_pair_load(const int16_t *from)
{
    uint32_t pair;

    RV_COPY(&pair, from, sizeof pair);
    return pair;
}

RV_INLINE uint32_t rv_pair_add(uint32_t x, uint32_t y)
{
    uint32_t sum;

    __asm__("sadd16 %0, %1, %2" : "=r"(sum) : "r"(x), "r"(y));
    return sum;
}

RV_INLINE uint32_t rv_pair_less(uint32_t x, uint32_t y)
{
    uint32_t left;

    __asm__("ssub16 %0, %1, %2" : "=r"(left) : "r"(x), "r"(y));
    return left;
}

RV_INLINE uint32_t rv_pair_saturated(uint32_t x, uint32_t y)
{
    uint32_t sum;

    __asm__("qadd16 %0, %1, %2" : "=r"(sum) : "r"(x), "r"(y));
    return sum;
}

/* Both halves times 2^by, which fit: what the lower brings into the upper is taken off. */
RV_INLINE uint32_t rv_pair_left(uint32_t x, uint32_t by)
{
    return (x << by) & ~(((1UL << by) - 1UL) << 16);
}

/* `factor` stands in the upper half. */
RV_INLINE uint32_t rv_pair_decayed(uint32_t x, uint32_t factor)
{
    uint32_t low;
    uint32_t high;

    __asm__("smulbt %0, %2, %3\n\tsmultt %1, %2, %3\n\tpkhtb %1, %1, %0, asr #16"
            : "=&r"(low), "=&r"(high)
            : "r"(x), "r"(factor));
    return rv_pair_less(x, high);
}

/* In each half: `yes` where a neuron of membrane x fires, else 0. */
RV_INLINE uint32_t rv_pair_where(uint8_t fire, uint32_t x, uint32_t theta, uint32_t yes)
{
    uint32_t found;

    if (fire == RV_FIRE_GT) {
        __asm__("ssub16 %0, %2, %1\n\tsel %0, %4, %3"
                : "=&r"(found)
                : "r"(x), "r"(theta), "r"(yes), "r"(0U));
    } else {
        __asm__("ssub16 %0, %1, %2\n\tsel %0, %3, %4"
                : "=&r"(found)
                : "r"(x), "r"(theta), "r"(yes), "r"(0U));
    }
    return found;
}

/* The same of two; the second has a value for neurons that don't fire, too. */
RV_INLINE uint32_t rv_pair_both(uint8_t fire, uint32_t x, uint32_t theta, uint32_t yes,
                                uint32_t then, uint32_t *other)
{
    uint32_t found;
    uint32_t second;

    if (fire == RV_FIRE_GT) {
        __asm__("ssub16 %0, %3, %2\n\tsel %0, %6, %4\n\tsel %1, %7, %5"
                : "=&r"(found), "=&r"(second)
                : "r"(x), "r"(theta), "r"(yes), "r"(then), "r"(0U), "r"(*other));
    } else {
        __asm__("ssub16 %0, %2, %3\n\tsel %0, %4, %6\n\tsel %1, %5, %7"
                : "=&r"(found), "=&r"(second)
                : "r"(x), "r"(theta), "r"(yes), "r"(then), "r"(0U), "r"(*other));
    }
    *other = second;
    return found;
}

/* Advance two neurons of threshold theta; return marks of those that fire. */
RV_INLINE uint32_t rv_pair_step(const rv_population_i16_t *p, rv_rule_t rule, uint32_t factor,
                                uint32_t marked, uint32_t theta, uint32_t sum, int16_t *v)
{
    const uint32_t value =
        (rule.reset == RV_RESET_VALUE) ? ((uint16_t)p->reset_value[0] * 0x10001U) : 0U;
    uint32_t x = rv_pair_load(v);
    uint32_t all = sum;
    uint32_t marks;

    if (rule.reset_timing != RV_RESET_NOW) {
        if (rule.reset == RV_RESET_SUBTRACT) {
            all = rv_pair_less(all, rv_pair_where(rule.fire, x, theta, theta));
        } else {
            (void)rv_pair_both(rule.fire, x, theta, marked, value, &x);
        }
    }
    x = rv_pair_saturated(rv_pair_decayed(x, factor), all);
    if (rule.reset_timing != RV_RESET_NOW) {
        marks = rv_pair_where(rule.fire, x, theta, marked);
    } else if (rule.reset == RV_RESET_SUBTRACT) {
        uint32_t less = 0U;

        marks = rv_pair_both(rule.fire, x, theta, marked, theta, &less);
        x = rv_pair_less(x, less);
    } else {
        marks = rv_pair_both(rule.fire, x, theta, marked, value, &x);
    }
    RV_COPY(v, &x, sizeof x);
    return marks;
}

/* The sums of two neurons at their membranes' scale, with their biases. */
RV_INLINE uint32_t rv_pair_sum(const rv_population_i16_t *p, const int16_t *sums,
                               const int32_t *bias)
{
    const uint32_t sum = rv_pair_left(rv_pair_load(sums), (uint32_t)p->shift);

    return (p->bias_mask != 0U) ? rv_pair_add(sum, (uint32_t)*bias) : sum;
}

RV_INLINE uint16_t *rv_pair_emit(uint32_t marks, uint32_t i, uint16_t *to)
{
    uint16_t *next = to;

    if ((marks & 1U) != 0U) {
        ++next;
        *next = (uint16_t)i;
    }
    if ((marks >> 16) != 0U) {
        ++next;
        *next = (uint16_t)(i + 1U);
    }
    return next;
}

RV_INLINE void rv_core(const rv_population_i16_t *p, rv_rule_t rule, uint8_t kind, uint8_t rounding,
                       const int16_t *restrict sums, int16_t *restrict v, int16_t *restrict syn,
                       uint16_t *restrict out)
{
    const int16_t *theta = p->threshold;
    const int32_t *bias = p->bias;
    uint16_t *to = out;
    uint32_t factor = (uint32_t)p->decay.factor[0] << 16;
    uint32_t marked = RV_MARKS;

    /* Compilers would make both anew in every pass. */
    __asm__("" : "+r"(factor), "+r"(marked));
    (void)kind;
    (void)rounding;
    (void)syn;
    for (uint32_t i = 0U; i < p->size; i += 4U) {
        const uint32_t first = rv_pair_step(p, rule, factor, marked, rv_pair_load(&theta[0]),
                                            rv_pair_sum(p, &sums[0], &bias[0]), &v[0]);
        const uint32_t second = rv_pair_step(p, rule, factor, marked, rv_pair_load(&theta[2]),
                                             rv_pair_sum(p, &sums[2], &bias[1]), &v[2]);

        if ((first | second) != 0U) {
            to = rv_pair_emit(first, i, to);
            to = rv_pair_emit(second, i + 2U, to);
        }
        sums += 4;
        theta += 4;
        v += 4;
        bias += (p->bias_mask != 0U) ? 2 : 0;
    }
    out[0] = (uint16_t)(to - out);
}

#endif
