/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Populations of neurons: one rule, parameters a neuron. The rule's fields are those of
 * compiler/ranvier/ir.py, and the arithmetic is that of reference.py:step, bit for bit.
 *
 * A table that has one element for all neurons has mask 0, one with an element a neuron has mask
 * 0xFFFF: neuron i reads element (i & mask).
 */
#ifndef RANVIER_POPULATION_H
#define RANVIER_POPULATION_H

#include <stdint.h>

enum { RV_DECAY_NONE = 0, RV_DECAY_MULTIPLY = 1, RV_DECAY_LEAK = 2, RV_DECAY_SHIFT = 3 };
enum { RV_FLOOR = 0, RV_TOWARD_ZERO = 1 };
enum { RV_SATURATE = 0, RV_WRAP = 1, RV_WRAP_UPPER = 2 };
enum { RV_FIT_SUM = 0, RV_FIT_EACH = 1, RV_FIT_INCREMENT = 2, RV_FIT_RELAX = 3 };
enum { RV_FIRE_NONE = 0, RV_FIRE_GT = 1, RV_FIRE_GE = 2 };
enum { RV_RESET_NONE = 0, RV_RESET_VALUE = 1, RV_RESET_SUBTRACT = 2 };
enum {
    RV_RESET_NOW = 0,
    RV_RESET_NEXT_MEMBRANE = 1,
    RV_RESET_NEXT_UPDATE = 2,
    RV_RESET_NEXT_SURPLUS = 3
};
enum { RV_DECAY_THEN_ADD = 0, RV_ADD_THEN_DECAY = 1 };
enum { RV_READ_AFTER = 0, RV_READ_BEFORE = 1 };

/* D(z): what is left of a state after one step. */
typedef struct {
    const uint16_t *factor;
    uint16_t factor_mask;
    uint8_t kind;     /* RV_DECAY_* */
    uint8_t shift;    /* 0..31 */
    uint8_t rounding; /* RV_FLOOR or RV_TOWARD_ZERO */
    uint8_t min_step; /* 0 or 1 */
} rv_decay_t;

/* One synaptic state a neuron. */
typedef struct {
    rv_decay_t decay;
    const int32_t *bias;
    const int16_t *gain;
    const uint32_t *drive_gain; /* NULL: none; only where states have 32-bit words */
    uint16_t bias_mask;
    uint16_t gain_mask;
    uint16_t drive_mask;
    uint8_t drive_shift; /* 0..32 */
    uint8_t ring_bits;   /* the drive is at most 2^ring_bits - 1; 0: no limit */
    int8_t gain_shift; /* right; negative: left */
    int8_t shift;      /* of the drive: left; negative: right, floor */
    uint8_t bits;
    uint8_t overflow; /* RV_SATURATE.. */
    uint8_t order;    /* RV_DECAY_THEN_ADD or RV_ADD_THEN_DECAY */
    uint8_t read;     /* RV_READ_AFTER or RV_READ_BEFORE */
} rv_synapse_t;

/* What a population does, apart from its numbers. */
typedef struct {
    uint8_t n_synapses;
    uint8_t overflow;     /* RV_SATURATE.. */
    uint8_t fit;          /* RV_FIT_*: where the overflow rule stands; RELAX: v = a - D(a - v) */
    uint8_t bounded;      /* 1: there is a lower bound */
    uint8_t fire;         /* RV_FIRE_* */
    uint8_t many;         /* 1: up to max_spikes a step, written as counts */
    uint8_t reset;        /* RV_RESET_NONE, _VALUE or _SUBTRACT */
    uint8_t reset_timing; /* RV_RESET_NOW.. */
} rv_rule_t;

/* 16-bit states; every sum is proved to fit 32 bits when the network is compiled. */
typedef struct {
    rv_rule_t rule;
    uint16_t size;
    uint8_t bits;       /* 16 */
    uint8_t max_spikes; /* 1..255 */
    int8_t shift;       /* of the drive, where there is no synaptic state */
    rv_decay_t decay;
    const rv_synapse_t *synapses;
    const int32_t *bias;
    const int16_t *threshold; /* one a neuron */
    const int16_t *reset_value;
    const int16_t *lower_bound;
    uint16_t bias_mask;
    uint16_t reset_mask;
    uint16_t bound_mask;
} rv_population_i16_t;

/* 24- and 32-bit states in 32-bit words; sums are 64 bits wide. */
typedef struct {
    rv_rule_t rule;
    uint16_t size;
    uint8_t bits; /* 16, 24 or 32 */
    uint8_t max_spikes;
    int8_t shift;
    rv_decay_t decay;
    const rv_synapse_t *synapses;
    const int32_t *bias;
    const int32_t *threshold;
    const int32_t *reset_value;
    const int32_t *lower_bound;
    uint16_t bias_mask;
    uint16_t reset_mask;
    uint16_t bound_mask;
} rv_population_i32_t;

/*
 * Advance a population by one time step.
 *
 * p      [in]     parameters; these kernels ignore p->rule and stand for the one named. Any other is
 *                 compiled into a function of the layer's own, of src/rv_population_core.h
 * drive  [in,out] sums of the projections, p->size for each synaptic state (or once where there
 *                 is none); left at zero for the next step
 * v      [in,out] membranes, p->size
 * syn    [in,out] synaptic states, p->size for each; NULL where there are none
 * out    [out]    count, then addresses of the neurons that fired, ascending (1 + p->size words);
 *                 with rule.many: p->size spike counts. NULL for a readout
 *
 * No buffer may alias another. Bit-exact with compiler/ranvier/reference.py:step.
 */
/* Leaky, fires above its threshold once a step, reset to a value at once; decay by leak, floor. */
void rv_lif_i16(const rv_population_i16_t *p, int32_t *restrict drive, int16_t *restrict v,
                int16_t *restrict syn, uint16_t *restrict out);

/* A leaky readout; decay by leak, floor. */
void rv_li_i16(const rv_population_i16_t *p, int32_t *restrict drive, int16_t *restrict v,
               int16_t *restrict syn, uint16_t *restrict out);

/* The same two for inputs that were summed in 16 bits, which they leave as they are. */
void rv_lif_i16_s16(const rv_population_i16_t *p, const int16_t *restrict sums, int16_t *restrict v,
                    int16_t *restrict syn, uint16_t *restrict out);
void rv_li_i16_s16(const rv_population_i16_t *p, const int16_t *restrict sums, int16_t *restrict v,
                   int16_t *restrict syn, uint16_t *restrict out);

/*
 * rv_lif_i16_s16 for cores with the DSP extension, where one factor 0..32767 with a shift of 16 and
 * one reset value hold for all neurons and there is no bias. Sums, membranes and thresholds lie on
 * word boundaries and come in whole groups of four; those that fill up the last group have threshold
 * 32767 and sum 0. The first leaves the sums as they are; _left shifts them by 0..14 to the left, and
 * the caller has proved that they still fit 16 bits.
 */
void rv_lif_i16_dsp(const rv_population_i16_t *p, const int16_t *restrict sums, int16_t *restrict v,
                    int16_t *restrict syn, uint16_t *restrict out);
void rv_lif_i16_left_dsp(const rv_population_i16_t *p, const int16_t *restrict sums,
                         int16_t *restrict v, int16_t *restrict syn, uint16_t *restrict out);

/*
 * The same for cores with Helium, in whole groups of eight: by -30..30, left or, for negative ones,
 * right with a floor.
 */
void rv_lif_i16_helium(const rv_population_i16_t *p, const int16_t *restrict sums,
                       int16_t *restrict v, int16_t *restrict syn, uint16_t *restrict out);
void rv_lif_i16_shift_helium(const rv_population_i16_t *p, const int16_t *restrict sums,
                             int16_t *restrict v, int16_t *restrict syn, uint16_t *restrict out);

/*
 * rv_lif_i16_s16 where one factor with a shift of 16 and one reset value hold for all neurons, there is
 * no bias and no drive is shifted; and with _left where all are shifted to the left. Sums, membranes
 * and thresholds come in whole groups of four, as above.
 */
void rv_lif_i16_alike(const rv_population_i16_t *p, const int16_t *restrict sums,
                      int16_t *restrict v, int16_t *restrict syn, uint16_t *restrict out);
void rv_lif_i16_left_alike(const rv_population_i16_t *p, const int16_t *restrict sums,
                           int16_t *restrict v, int16_t *restrict syn, uint16_t *restrict out);

/* rv_lif_i16_alike for cores of Armv6-M; all three lie on word boundaries. */
void rv_lif_i16_thumb1(const rv_population_i16_t *p, const int16_t *restrict sums,
                       int16_t *restrict v, int16_t *restrict syn, uint16_t *restrict out);

#endif
