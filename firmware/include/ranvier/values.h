/* SPDX-License-Identifier: Apache-2.0 */
/* Projections of values through 8-bit weights into 16-bit sums. */
#ifndef RANVIER_VALUES_H
#define RANVIER_VALUES_H

#include <stdint.h>

/*
 * sums[i] = the sum of w[i][j] * x[j] over all sources j, shifted (left, or right for a negative
 * shift, floor); for cores with the DSP extension. The compiler has proved that the sum fits 32 bits
 * and, shifted, 16.
 *
 * `stride` is the targets in whole groups of 8, and so many sums are written; `pairs` are the pairs
 * of sources, at least 1, and so many pairs of values are read. The weights of a group of targets
 * stand together, pair of sources by pair of sources: of targets a, b and sources j, j + 1 the four
 * w[a][j] w[b][j] w[a][j+1] w[b][j+1]. `w`, `x` and `sums` lie on word boundaries.
 */
void rv_values_set_i8_dsp(const int8_t *restrict w, uint16_t stride, uint16_t pairs,
                          const int16_t *restrict x, int8_t shift, int16_t *restrict sums);

#endif
