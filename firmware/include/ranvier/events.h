/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Projections of events through 8-bit weights into 16-bit sums. Sums wrap on the way; the compiler
 * has proved that those of a whole step fit.
 */
#ifndef RANVIER_EVENTS_H
#define RANVIER_EVENTS_H

#include <stdint.h>

/*
 * Dense weights, one column a source: the `targets` weights of source j start at w[j * targets].
 * _set: sums[i] = the sum of w[j][i] over the addresses j in `events` (count first, then addresses);
 * _add: the same is added to what is there. No buffer may alias another.
 */
void rv_events_set_i8(const int8_t *restrict w, uint16_t targets, const uint16_t *restrict events,
                      int16_t *restrict sums);
void rv_events_add_i8(const int8_t *restrict w, uint16_t targets, const uint16_t *restrict events,
                      int16_t *restrict sums);

/*
 * The same for cores with the DSP extension. `stride` is the targets in whole groups of 8, and so
 * many sums are written; in each group of four, weights stand in the order 0 2 1 3. `w` and `sums` lie
 * on word boundaries; addresses and `stride` are at most 32767.
 */
void rv_events_set_i8_dsp(const int8_t *restrict w, uint16_t stride,
                          const uint16_t *restrict events, int16_t *restrict sums);
void rv_events_add_i8_dsp(const int8_t *restrict w, uint16_t stride,
                          const uint16_t *restrict events, int16_t *restrict sums);

/*
 * The same for cores without instructions on halves of a word: as the last two, but that weights are
 * stored 128 too large.
 */
void rv_events_set_i8_packed(const uint8_t *restrict w, uint16_t stride,
                             const uint16_t *restrict events, int16_t *restrict sums);
void rv_events_add_i8_packed(const uint8_t *restrict w, uint16_t stride,
                             const uint16_t *restrict events, int16_t *restrict sums);

/*
 * The same for cores with Helium. `stride` is the targets in whole groups of 16, and so many sums are
 * written; weights are -127..127, and of each group two bytes are w[i] + 256 w[8 + i]. The sum of some of
 * the events fits 16 bits, whichever they are.
 */
void rv_events_set_i8_helium(const int8_t *restrict w, uint16_t stride,
                             const uint16_t *restrict events, int16_t *restrict sums);
void rv_events_add_i8_helium(const int8_t *restrict w, uint16_t stride,
                             const uint16_t *restrict events, int16_t *restrict sums);

#endif
