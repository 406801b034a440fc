/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Projections through dense weights of 4 bits, -8..7, two to a byte, and of 2 bits, -2..1, four to a
 * byte. Each is stored 8, or 2, too large, so that it is never negative. One column a source, which
 * starts on a byte of its own. No buffer may alias another.
 */
#ifndef RANVIER_SUBBYTE_H
#define RANVIER_SUBBYTE_H

#include <stdint.h>

/*
 * Weights in their own order, the lowest bits of a byte first.
 * 16-bit sums, which wrap on the way; those of a whole step were proved to fit. _set: sums[i] = the sum
 * of w[j][i] over the addresses j in `events` (count first, then addresses); _add: the same is added to
 * what is there.
 */
void rv_events_set_i4(const uint8_t *restrict w, uint16_t targets, const uint16_t *restrict events,
                      int16_t *restrict sums);
void rv_events_add_i4(const uint8_t *restrict w, uint16_t targets, const uint16_t *restrict events,
                      int16_t *restrict sums);
void rv_events_set_i2(const uint8_t *restrict w, uint16_t targets, const uint16_t *restrict events,
                      int16_t *restrict sums);
void rv_events_add_i2(const uint8_t *restrict w, uint16_t targets, const uint16_t *restrict events,
                      int16_t *restrict sums);

/* 32-bit sums that are proved not to overflow: acc[i] += w[j][i] for every address j in `events`. */
void rv_project_events_i4(const uint8_t *restrict w, uint16_t targets,
                          const uint16_t *restrict events, int32_t *restrict acc);
void rv_project_events_i2(const uint8_t *restrict w, uint16_t targets,
                          const uint16_t *restrict events, int32_t *restrict acc);

/* acc[i] += w[j][i] * x[j] for every source j with x[j] != 0. */
void rv_project_values_i4(const uint8_t *restrict w, uint16_t targets, uint16_t sources,
                          const int16_t *restrict x, int32_t *restrict acc);
void rv_project_values_i2(const uint8_t *restrict w, uint16_t targets, uint16_t sources,
                          const int16_t *restrict x, int32_t *restrict acc);

/*
 * The 16-bit sums for cores with words of 32 bits. `stride` is the targets in whole groups of 8 (4 bits)
 * or 16 (2 bits; both on cores with the DSP extension), and so many sums are written. A group of a word
 * is in the order in which masks and shifts take it apart: its target i stands in the field whose number
 * is i with its bits in reverse. `w` and `sums` lie on word boundaries.
 */
void rv_events_set_i4_packed(const uint8_t *restrict w, uint16_t stride,
                             const uint16_t *restrict events, int16_t *restrict sums);
void rv_events_add_i4_packed(const uint8_t *restrict w, uint16_t stride,
                             const uint16_t *restrict events, int16_t *restrict sums);
void rv_events_set_i2_packed(const uint8_t *restrict w, uint16_t stride,
                             const uint16_t *restrict events, int16_t *restrict sums);
void rv_events_add_i2_packed(const uint8_t *restrict w, uint16_t stride,
                             const uint16_t *restrict events, int16_t *restrict sums);
void rv_events_set_i4_dsp(const uint8_t *restrict w, uint16_t stride,
                          const uint16_t *restrict events, int16_t *restrict sums);
void rv_events_add_i4_dsp(const uint8_t *restrict w, uint16_t stride,
                          const uint16_t *restrict events, int16_t *restrict sums);
void rv_events_set_i2_dsp(const uint8_t *restrict w, uint16_t stride,
                          const uint16_t *restrict events, int16_t *restrict sums);
void rv_events_add_i2_dsp(const uint8_t *restrict w, uint16_t stride,
                          const uint16_t *restrict events, int16_t *restrict sums);

/*
 * The same for cores with Helium, in groups of 32 (4 bits) or 64 (2 bits) targets, which fill a register
 * of 16 bytes: field f of byte b holds target 16 r + 8 (b mod 2) + b / 2, r being f with its bits in
 * reverse.
 */
void rv_events_set_i4_helium(const uint8_t *restrict w, uint16_t stride,
                             const uint16_t *restrict events, int16_t *restrict sums);
void rv_events_add_i4_helium(const uint8_t *restrict w, uint16_t stride,
                             const uint16_t *restrict events, int16_t *restrict sums);
void rv_events_set_i2_helium(const uint8_t *restrict w, uint16_t stride,
                             const uint16_t *restrict events, int16_t *restrict sums);
void rv_events_add_i2_helium(const uint8_t *restrict w, uint16_t stride,
                             const uint16_t *restrict events, int16_t *restrict sums);

#endif
