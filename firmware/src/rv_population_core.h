/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The meaning of a population, once for both state widths. The including file defines
 *   RV_STATE  the type of a stored state        RV_WIDE   the type that holds every sum
 *   RV_PARAMS the parameter struct              RV_OP(f)  f with the width of RV_WIDE appended
 *   RV_DRIVE  the type of a sum of inputs       RV_TAKEN(drive, i)  what becomes of a sum once read
 *   RV_GAINED(x, s, i)  a drive x of neuron i, times the gain of synapse s where it has one
 * A layer's function calls rv_core() with a constant rule, and the compiler drops every branch on it.
 */

#include <stddef.h>

#include "ranvier/arith.h"
#include "ranvier/population.h"

RV_INLINE RV_WIDE rv_core_fit(RV_WIDE x, uint32_t bits, uint8_t overflow)
{
    if (overflow == RV_WRAP_UPPER) {
        return RV_OP(rv_wrap_upper)(x, bits);
    }
    return (overflow == RV_WRAP) ? RV_OP(rv_wrap)(x, bits) : RV_OP(rv_sat)(x, bits);
}

RV_INLINE RV_WIDE rv_core_right(RV_WIDE x, uint32_t k, uint8_t rounding)
{
    return (rounding == RV_TOWARD_ZERO) ? RV_OP(rv_div)(x, k) : RV_OP(rv_asr)(x, k);
}

RV_INLINE RV_WIDE rv_core_decay(const rv_decay_t *d, uint8_t kind, uint8_t rounding, RV_WIDE z,
                                uint16_t i)
{
    const RV_WIDE factor = (RV_WIDE)d->factor[i & d->factor_mask];
    RV_WIDE left = z;

    if (kind == RV_DECAY_MULTIPLY) {
        left = rv_core_right(z * factor, d->shift, rounding);
    } else if (kind == RV_DECAY_LEAK) {
        left = z - rv_core_right(z * factor, d->shift, rounding);
    } else if (kind == RV_DECAY_SHIFT) {
        RV_WIDE step = rv_core_right(z, (uint32_t)factor, rounding);

        if (step == 0) {
            step = (z > 0) ? (RV_WIDE)d->min_step : ((z < 0) ? -(RV_WIDE)d->min_step : 0);
        }
        left = z - step;
    }
    return left;
}

/* min(x / y, 255) for x >= 0, y > 0, bit by bit: a 64-bit division is a library call whose stack
 * and time nobody bounds, and small cores have none of 32 bits either. */
RV_INLINE RV_WIDE rv_core_quotient(RV_WIDE x, RV_WIDE y)
{
    RV_WIDE left = x;
    RV_WIDE quotient = 0;

    for (uint32_t k = 8U; k > 0U; --k) {
        const RV_WIDE weight = (RV_WIDE)1 << (k - 1U);

        /* left >= y * weight, without a product that might overflow */
        if ((left >> (k - 1U)) >= y) {
            left -= y * weight;
            quotient += weight;
        }
    }
    return quotient;
}

/* Spikes that a membrane is worth. */
RV_INLINE RV_WIDE rv_core_spikes(const RV_PARAMS *p, rv_rule_t rule, RV_WIDE v, uint16_t i)
{
    const RV_WIDE theta = (RV_WIDE)p->threshold[i];
    const RV_WIDE over = v - theta - ((rule.fire == RV_FIRE_GT) ? 1 : 0);
    RV_WIDE n = (over >= 0) ? 1 : 0;

    if ((rule.many != 0U) && (over >= 0)) {
        n += rv_core_quotient(over, theta);
        n = (n > (RV_WIDE)p->max_spikes) ? (RV_WIDE)p->max_spikes : n;
    }
    return n;
}

/* Advance one synaptic state by one step; return what it adds to the membrane. */
RV_INLINE RV_WIDE rv_core_synapse(const rv_synapse_t *s, int32_t drive, RV_STATE *state, uint16_t i)
{
    const RV_WIDE before = (RV_WIDE)*state;
    const int32_t most = (int32_t)((1UL << s->ring_bits) - 1UL);
    const int32_t held = ((s->ring_bits != 0U) && (drive > most)) ? most : drive;
    const RV_WIDE x = RV_GAINED(RV_OP(rv_shift)((RV_WIDE)held, s->shift), s, i) +
                      (RV_WIDE)s->bias[i & s->bias_mask];
    RV_WIDE after;

    if (s->order == RV_DECAY_THEN_ADD) {
        after = rv_core_decay(&s->decay, s->decay.kind, s->decay.rounding, before, i) + x;
        after = rv_core_fit(after, s->bits, s->overflow);
    } else {
        after = rv_core_fit(before + x, s->bits, s->overflow);
        after = rv_core_decay(&s->decay, s->decay.kind, s->decay.rounding, after, i);
    }
    *state = (RV_STATE)after;
    return RV_OP(rv_shift)(((s->read == RV_READ_AFTER) ? after : before) *
                               (RV_WIDE)s->gain[i & s->gain_mask],
                           -s->gain_shift);
}

/* Inputs of neuron i: into `each` one by one where every addition saturates, else their sum. */
RV_INLINE RV_WIDE rv_core_inputs(const RV_PARAMS *p, rv_rule_t rule, RV_DRIVE *drive, RV_STATE *syn,
                                 uint16_t i, RV_WIDE start)
{
    RV_WIDE sum = start;

    if (rule.n_synapses == 0U) {
        sum += RV_OP(rv_shift)((RV_WIDE)drive[i], p->shift);
        RV_TAKEN(drive, i);
        if (rule.fit == RV_FIT_EACH) {
            sum = rv_core_fit(sum, p->bits, rule.overflow);
        }
    }
    for (uint8_t k = 0U; k < rule.n_synapses; ++k) {
        const size_t at = ((size_t)k * p->size) + i;

        sum += rv_core_synapse(&p->synapses[k], drive[at], &syn[at], i);
        RV_TAKEN(drive, at);
        if (rule.fit == RV_FIT_EACH) {
            sum = rv_core_fit(sum, p->bits, rule.overflow);
        }
    }
    return sum;
}

/* The membrane after decay, inputs, bias and, with `less`, a subtraction that belongs to the sum. */
RV_INLINE RV_WIDE rv_core_membrane(const RV_PARAMS *p, rv_rule_t rule, uint8_t kind,
                                   uint8_t rounding, RV_WIDE v, RV_WIDE less, RV_DRIVE *drive,
                                   RV_STATE *syn, uint16_t i)
{
    const RV_WIDE bias = (RV_WIDE)p->bias[i & p->bias_mask];
    const RV_WIDE decayed =
        (rule.fit == RV_FIT_RELAX) ? 0 : rv_core_decay(&p->decay, kind, rounding, v, i);
    RV_WIDE next;

    if (rule.fit == RV_FIT_SUM) {
        next = rv_core_inputs(p, rule, drive, syn, i, decayed) + bias - less;
        next = rv_core_fit(next, p->bits, rule.overflow);
    } else if (rule.fit == RV_FIT_EACH) {
        next = rv_core_fit(decayed, p->bits, rule.overflow);
        next = rv_core_inputs(p, rule, drive, syn, i, next);
        next = rv_core_fit(next + bias, p->bits, rule.overflow);
        next = rv_core_fit(next - less, p->bits, rule.overflow);
    } else if (rule.fit == RV_FIT_RELAX) {
        const RV_WIDE a =
            rv_core_fit(rv_core_inputs(p, rule, drive, syn, i, bias), p->bits, rule.overflow);
        const RV_WIDE apart = rv_core_fit(a - v, p->bits, rule.overflow);

        next = a - rv_core_decay(&p->decay, kind, rounding, apart, i);
        next = rv_core_fit(next, p->bits, rule.overflow);
    } else {
        RV_WIDE dv = rv_core_inputs(p, rule, drive, syn, i, decayed - v);

        dv = rv_core_fit(dv, p->bits, rule.overflow);
        dv = rv_core_fit(dv + bias, p->bits, rule.overflow);
        next = rv_core_fit(v + dv - less, p->bits, rule.overflow);
    }
    return next;
}

/* Advance neuron i; return how many spikes it emits. */
RV_INLINE RV_WIDE rv_core_neuron(const RV_PARAMS *p, rv_rule_t rule, uint8_t kind, uint8_t rounding,
                                 RV_DRIVE *drive, RV_STATE *v, RV_STATE *syn, uint16_t i)
{
    const RV_WIDE theta = (rule.fire != RV_FIRE_NONE) ? (RV_WIDE)p->threshold[i] : 0;
    const RV_WIDE value =
        (rule.reset == RV_RESET_VALUE) ? (RV_WIDE)p->reset_value[i & p->reset_mask] : 0;
    RV_WIDE old = (RV_WIDE)v[i];
    RV_WIDE late = 0; /* 1 where the stored membrane is due for its reset */
    RV_WIDE less = 0;
    RV_WIDE next;
    RV_WIDE n = 0;

    if ((rule.fire != RV_FIRE_NONE) && (rule.reset != RV_RESET_NONE) &&
        (rule.reset_timing != RV_RESET_NOW)) {
        late = (rv_core_spikes(p, rule, old, i) > 0) ? 1 : 0;
    }
    if ((late != 0) && (rule.reset_timing != RV_RESET_NEXT_UPDATE)) {
        if (rule.reset == RV_RESET_VALUE) {
            old = value;
        } else {
            less = theta;
        }
    }
    next = rv_core_membrane(p, rule, kind, rounding, old, less, drive, syn, i);
    if ((late != 0) && (rule.reset_timing == RV_RESET_NEXT_UPDATE)) {
        next = (rule.reset == RV_RESET_VALUE) ? value : (next - theta);
        next = rv_core_fit(next, p->bits, rule.overflow);
    }
    if (rule.bounded != 0U) {
        const RV_WIDE bound = (RV_WIDE)p->lower_bound[i & p->bound_mask];

        next = (next < bound) ? bound : next;
    }
    if (rule.fire != RV_FIRE_NONE) {
        n = rv_core_spikes(p, rule, next, i);
        if (rule.reset_timing == RV_RESET_NOW) {
            if (rule.reset == RV_RESET_VALUE) {
                next = (n > 0) ? value : next;
            } else if (rule.reset == RV_RESET_SUBTRACT) {
                const RV_WIDE less_now = (rule.many != 0U) ? (n * theta) : ((n != 0) ? theta : 0);

                next = rv_core_fit(next - less_now, p->bits, rule.overflow);
            }
        } else if ((rule.reset_timing == RV_RESET_NEXT_SURPLUS) && (rule.reset != RV_RESET_NONE)) {
            const RV_WIDE each = (rule.reset == RV_RESET_SUBTRACT) ? theta : next;

            next = rv_core_fit(next - ((n - late) * each), p->bits, rule.overflow);
        }
    }
    v[i] = (RV_STATE)next;
    return n;
}

RV_INLINE void rv_core(const RV_PARAMS *p, rv_rule_t rule, uint8_t kind, uint8_t rounding,
                       RV_DRIVE *drive, RV_STATE *v, RV_STATE *syn, uint16_t *out)
{
    uint16_t *to = out;

    for (uint16_t i = 0U; i < p->size; ++i) {
        const RV_WIDE n = rv_core_neuron(p, rule, kind, rounding, drive, v, syn, i);

        if (rule.many != 0U) {
            out[i] = (uint16_t)n;
        } else if (n != 0) {
            ++to;
            *to = i;
        } else {
            /* it stays below */
        }
    }
    if ((rule.fire != RV_FIRE_NONE) && (rule.many == 0U)) {
        out[0] = (uint16_t)(to - out);
    }
}
