/* SPDX-License-Identifier: Apache-2.0 */
/* Projections: sums of weights into 32-bit accumulators that are proved not to overflow. */
#ifndef RANVIER_PROJECT_H
#define RANVIER_PROJECT_H

#include <stdint.h>

/*
 * Dense weights, one column a source: the `targets` weights of source j start at w[j * targets].
 * acc[i] += w[j][i] for every address j in `events` (count first, then addresses).
 * No buffer may alias another.
 */
void rv_project_events_i8(const int8_t *restrict w, uint16_t targets,
                          const uint16_t *restrict events, int32_t *restrict acc);
void rv_project_events_i16(const int16_t *restrict w, uint16_t targets,
                           const uint16_t *restrict events, int32_t *restrict acc);

/* acc[i] += w[j][i] * x[j] for every source j with x[j] != 0. */
void rv_project_values_i8(const int8_t *restrict w, uint16_t targets, uint16_t sources,
                          const int16_t *restrict x, int32_t *restrict acc);
void rv_project_values_i16(const int16_t *restrict w, uint16_t targets, uint16_t sources,
                           const int16_t *restrict x, int32_t *restrict acc);

/* drive[i] += acc[i] shifted (left, or right for a negative shift, floor); acc[i] = 0. */
void rv_add_shifted(int32_t *restrict drive, int32_t *restrict acc, uint16_t n, int8_t shift);

#endif
