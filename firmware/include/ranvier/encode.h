/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input encoding: exact integer stages on raw samples, as compiler/ranvier/encoding.py. They work
 * in place on `x`, n channels of 32 bits; the compiler has proved that nothing overflows.
 */
#ifndef RANVIER_ENCODE_H
#define RANVIER_ENCODE_H

#include <stdint.h>

void rv_encode_load_u8(int32_t *restrict x, const uint8_t *restrict raw, uint16_t n);
void rv_encode_load_i8(int32_t *restrict x, const int8_t *restrict raw, uint16_t n);
void rv_encode_load_u16(int32_t *restrict x, const uint16_t *restrict raw, uint16_t n);
void rv_encode_load_i16(int32_t *restrict x, const int16_t *restrict raw, uint16_t n);
void rv_encode_load_i32(int32_t *restrict x, const int32_t *restrict raw, uint16_t n);

/* x = (x * factor + offset) >> shift, floor. */
void rv_encode_affine(int32_t *restrict x, uint16_t n, const int32_t *restrict factor,
                      const int32_t *restrict offset, uint8_t shift);

/* x = |x|. */
void rv_encode_rectify(int32_t *x, uint16_t n);

/* x = min(max(x, low), high). */
void rv_encode_clip(int32_t *x, uint16_t n, int32_t low, int32_t high);

/* sum += x. */
void rv_encode_count(int32_t *restrict sum, const int32_t *restrict x, uint16_t n);

/* x = x - last; last = x as it came. */
void rv_encode_delta(int32_t *restrict x, int32_t *restrict last, uint16_t n);

/* x = 1 where x crosses the threshold upward (falling: downward) since `last`, else 0. */
void rv_encode_threshold(int32_t *restrict x, int32_t *restrict last, uint16_t n,
                         const int32_t *restrict threshold, uint8_t falling);

/* x = 1 where it is and the last one that stayed is more than `refractory` calls ago, else 0. */
void rv_encode_refractory(int32_t *restrict x, uint16_t *restrict wait, uint16_t n,
                          uint16_t refractory);

/* Send-on-delta: x has room for 2 n values, n ups then n downs; `level` follows in steps. */
void rv_encode_level(int32_t *restrict x, int32_t *restrict level, uint16_t n,
                     const int32_t *restrict delta, int32_t max_events);

/* Numbers of one section of a filter in a table: b, a1, a2. */
#define RV_SECTION_NUMBERS 3U

/*
 * Band-pass filters: n channels of x become bands x n, all channels of the first band first. Each
 * section is y = (b (x - x'') - a1 y' - a2 y'' + half) >> shift, ' a sample ago; the first gets
 * x * 2^fraction, the last one's y >> drop is what comes out. `past` holds two values a channel of the input and of each section's output,
 * 2 n (1 + bands * sections) in all; `table` RV_SECTION_NUMBERS a section, a band after the other.
 */
void rv_encode_filterbank(int32_t *restrict x, int32_t *restrict past, uint16_t n,
                          const int32_t *restrict table, uint8_t bands, uint8_t sections,
                          uint8_t shift, uint8_t fraction, uint8_t drop);

/* x = (x * x) >> shift. */
void rv_encode_square(int32_t *x, uint16_t n, uint8_t shift);

/* sum = sum - (sum >> shift) + x; x = sum >> shift, floor: a leaky mean. */
void rv_encode_smooth(int32_t *restrict x, int32_t *restrict sum, uint16_t n, uint8_t shift);

/* Narrow the encoded input; it is proved to fit. */
void rv_encode_store(int16_t *restrict to, const int32_t *restrict x, uint16_t n);

/* Raw samples that are the input as they come; they are proved to fit. */
void rv_encode_take_u8(int16_t *restrict to, const uint8_t *restrict raw, uint16_t n);
void rv_encode_take_i8(int16_t *restrict to, const int8_t *restrict raw, uint16_t n);
void rv_encode_take_u16(int16_t *restrict to, const uint16_t *restrict raw, uint16_t n);
void rv_encode_take_i16(int16_t *restrict to, const int16_t *restrict raw, uint16_t n);
void rv_encode_take_i32(int16_t *restrict to, const int32_t *restrict raw, uint16_t n);

/* Count, then the addresses of the raw samples that are not 0, ascending (1 + n words). */
void rv_scan_u8(uint16_t *restrict events, const uint8_t *restrict raw, uint16_t n);

/* The same of counts, each address as often as its sample says, where that is `most` times in all
 * or fewer (1 + most words): then 1; else 0, and the list is not to be used. */
uint16_t rv_scan_counts_u8(uint16_t *restrict events, const uint8_t *restrict raw, uint16_t n,
                           uint16_t most);

#endif
