/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding: from the last population's output to scores and a class. */
#ifndef RANVIER_DECODE_H
#define RANVIER_DECODE_H

#include <stdint.h>

/* This step's output as 32-bit values: membranes, or spike counts from events or counts. */
void rv_output_i16(int32_t *restrict out, const int16_t *restrict v, uint16_t n);
void rv_output_i32(int32_t *restrict out, const int32_t *restrict v, uint16_t n);
void rv_output_events(int32_t *restrict out, const uint16_t *restrict events, uint16_t n);
void rv_output_counts(int32_t *restrict out, const uint16_t *restrict counts, uint16_t n);

/* Scores saturate at this many bits: times a 15-bit multiplier they fit 63, however long a run. */
#define RV_SCORE_BITS 48U

/* scores += out, over the steps since reset, saturating. */
void rv_decode_sum(int64_t *restrict scores, const int32_t *restrict out, uint16_t n);

/*
 * scores[i] += 1, saturating, for every address i in `events`. Returns the index of the largest, the
 * lowest of equal ones; `best` is what was returned before, 0 at first: scores only grow, so that
 * no other but these can have become the largest.
 */
uint16_t rv_decode_spikes(int64_t *restrict scores, uint16_t *restrict best,
                          const uint16_t *restrict events);

/* scores = out. */
void rv_decode_last(int64_t *restrict scores, const int32_t *restrict out, uint16_t n);

/* Index of the largest scores[i] * multiplier[i & mask]; the lowest index wins a tie. */
uint16_t rv_decode_argmax(const int64_t *restrict scores, uint16_t n,
                          const int16_t *restrict multiplier, uint16_t mask);

#endif
