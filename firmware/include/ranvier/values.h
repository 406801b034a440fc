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

/*
 * The same for cores with Helium: `blocks` are the sources in whole groups of 8, at least 1, and so many
 * groups of values are read. The weights of a group of targets stand together, block of sources by block,
 * and in it target by target: of target a and sources j .. j + 7 the eight w[a][j] .. w[a][j + 7].
 */
void rv_values_set_i8_helium(const int8_t *restrict w, uint16_t stride, uint16_t blocks,
                             const int16_t *restrict x, int8_t shift, int16_t *restrict sums);

/*
 * The same for cores without instructions on halves of a word, on the columns that
 * rv_events_set_i8_packed reads, and for those of Armv6-M. There is at least one source.
 */
void rv_values_set_i8_packed(const uint8_t *restrict w, uint16_t stride, uint16_t sources,
                             const int16_t *restrict x, int8_t shift, int16_t *restrict sums);
void rv_values_set_i8_thumb1(const uint8_t *restrict w, uint16_t stride, uint16_t sources,
                             const int16_t *restrict x, int8_t shift, int16_t *restrict sums);

#endif
