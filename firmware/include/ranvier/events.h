/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Projections of events through 8-bit weights into 16-bit sums. Sums wrap on the way; the compiler
 * has proved that those of a whole step fit.
 */
#ifndef RANVIER_EVENTS_H
#define RANVIER_EVENTS_H

#include <stdint.h>

#include "ranvier/project.h"

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

/*
 * Sparse columns, two entries at a time, filled up with weights of 0: that of source j has the pairs
 * pairs[j] .. pairs[j + 1] - 1, one at least. An entry is target * 2^17 + weight, the weight modulo 2^16;
 * the last one of a column has RV_ENTRY_LAST as well. One more pair can be read behind them all.
 * `entries` and `sums` lie on word boundaries. _set: all `n` sums are written.
 */
#define RV_ENTRY_LAST 0x10000UL

void rv_events_set_entries(const uint16_t *restrict pairs, const uint32_t *restrict entries,
                           const uint16_t *restrict events, uint16_t n, int16_t *restrict sums);
void rv_events_add_entries(const uint16_t *restrict pairs, const uint32_t *restrict entries,
                           const uint16_t *restrict events, int16_t *restrict sums);

/*
 * Convolution, output channels last: what a source reaches in one row of outputs lies side by side, its
 * weights as well, and both are added as one run of words. A word holds two neighbouring channels:
 * w[c] + w[c + 1] * 2^16, modulo 2^32. Channels are filled up to a multiple of 8 with weights of 0.
 *
 * Rows and columns as in rv_window_t, but `tap`, `out` and the steps count words, and `n` of a column
 * the words of its run: a multiple of 4, or 0.
 */
typedef struct {
    const rv_span_t *rows; /* height */
    const rv_span_t *cols; /* width */
    uint32_t inverse; /* address * inverse / 2^16, floored, is address / width within a channel */
    uint16_t width;
    uint16_t size; /* sources of one channel */
    uint16_t taps; /* words of the weights of one channel of the image */
    uint16_t row_tap; /* the steps from one row to the next */
    uint16_t row_out;
    uint16_t plane; /* outputs of one channel */
    uint16_t words; /* of all channels of one output */
    uint16_t channels; /* of the outputs */
} rv_runs_t;

/*
 * Events are ascending. `tile` has plane * words words, which are 0 before and after: there sums are
 * added up, channels last, before they are put (_set), or added (_add), where the neurons' own order
 * has them.
 */
void rv_events_set_runs(const rv_runs_t *p, const uint32_t *restrict w,
                        const uint16_t *restrict events, uint32_t *restrict tile,
                        int16_t *restrict sums);
void rv_events_add_runs(const rv_runs_t *p, const uint32_t *restrict w,
                        const uint16_t *restrict events, uint32_t *restrict tile,
                        int16_t *restrict sums);

#endif
