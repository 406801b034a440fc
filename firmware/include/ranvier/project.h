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

/*
 * The same two for cores with the DSP extension, on columns of whole groups of 8 targets whose
 * weights stand in the order 0 2 1 3 (rv_events_set_i8_dsp); there are at least one source and one
 * group. `w` and `acc` lie on word boundaries.
 */
void rv_project_paired_events_i8(const int8_t *restrict w, uint16_t stride,
                                 const uint16_t *restrict events, int32_t *restrict acc);
void rv_project_paired_values_i8(const int8_t *restrict w, uint16_t stride, uint16_t sources,
                                 const int16_t *restrict x, int32_t *restrict acc);

/* The same on the columns that rv_events_set_i8_packed reads, and rv_events_set_i8_helium. */
void rv_project_packed_events_i8(const uint8_t *restrict w, uint16_t stride,
                                 const uint16_t *restrict events, int32_t *restrict acc);
void rv_project_packed_values_i8(const uint8_t *restrict w, uint16_t stride, uint16_t sources,
                                 const int16_t *restrict x, int32_t *restrict acc);
void rv_project_halves_events_i8(const int8_t *restrict w, uint16_t stride,
                                 const uint16_t *restrict events, int32_t *restrict acc);
void rv_project_halves_values_i8(const int8_t *restrict w, uint16_t stride, uint16_t sources,
                                 const int16_t *restrict x, int32_t *restrict acc);

/*
 * A window slides over an image of `channels` x `height` x `width` sources, C order. Which outputs a
 * source reaches, and through which weights, depends on its row and its column apart, so that both
 * are tables: stride, padding and dilation are in them and nowhere else.
 *
 * A row reaches `n` rows of outputs. Its first lies `out` accumulators after the start of its
 * channel's outputs and weighs with what lies `tap` weights after the start of the channel's. From
 * one to the next both grow by the window's step. n = 0: none. Columns alike, added to the row's.
 */
typedef struct {
    uint16_t tap; /* 0..65534 */
    uint16_t out; /* 0..65533 */
    uint16_t n;   /* 0..65534 */
} rv_span_t;

typedef struct {
    const rv_span_t *rows; /* `height` */
    const rv_span_t *cols; /* `width` */
    uint16_t channels;     /* of the image; channels x height x width is 1..65534 */
    uint16_t height;
    uint16_t width;
    uint16_t plane;   /* outputs of one output channel, 1..65534 */
    uint16_t row_out; /* the steps, in accumulators: 0 where no row or column reaches two */
    uint16_t col_out;
} rv_window_t;

/*
 * Convolution. The weights of an image channel stand together, channel after channel: kernel row by
 * kernel row, column by column, both from the last to the first, and innermost one weight for each
 * output channel of the group, so that the inner loop runs through them.
 */
typedef struct {
    rv_window_t window;
    uint16_t group_in;  /* image channels of a group, 1..channels */
    uint16_t group_out; /* output channels of a group, 1..65534 */
    uint16_t taps;      /* weights of one image channel, 1..65535 */
    uint16_t row_tap;   /* the steps, in weights, as above */
    uint16_t col_tap;
} rv_conv_t;

/* Sums over windows of each channel, times one weight. The spans' `tap` is 0. */
typedef struct {
    rv_window_t window;
    int16_t weight;
} rv_pool_t;

/* Sparse columns: those of source j are the entries offsets[j] .. offsets[j + 1] - 1. */
typedef struct {
    const uint32_t *offsets; /* sources + 1, ascending */
    const uint16_t *targets; /* one an entry, different within a column */
    uint16_t sources;        /* 1..65534 */
} rv_sparse_t;

/*
 * acc[i] += w[i][j] for every address j in `events`: ascending, as populations write them.
 * No buffer may alias another.
 */
void rv_project_conv_events_i8(const rv_conv_t *p, const int8_t *restrict w,
                               const uint16_t *restrict events, int32_t *restrict acc);
void rv_project_conv_events_i16(const rv_conv_t *p, const int16_t *restrict w,
                                const uint16_t *restrict events, int32_t *restrict acc);
void rv_project_pool_events(const rv_pool_t *p, const uint16_t *restrict events,
                            int32_t *restrict acc);
void rv_project_sparse_events_i8(const rv_sparse_t *p, const int8_t *restrict w,
                                 const uint16_t *restrict events, int32_t *restrict acc);
void rv_project_sparse_events_i16(const rv_sparse_t *p, const int16_t *restrict w,
                                  const uint16_t *restrict events, int32_t *restrict acc);

/* acc[i] += w[i][j] * x[j] for every source j with x[j] != 0. */
void rv_project_conv_values_i8(const rv_conv_t *p, const int8_t *restrict w,
                               const int16_t *restrict x, int32_t *restrict acc);
void rv_project_conv_values_i16(const rv_conv_t *p, const int16_t *restrict w,
                                const int16_t *restrict x, int32_t *restrict acc);
void rv_project_pool_values(const rv_pool_t *p, const int16_t *restrict x, int32_t *restrict acc);
void rv_project_sparse_values_i8(const rv_sparse_t *p, const int8_t *restrict w,
                                 const int16_t *restrict x, int32_t *restrict acc);
void rv_project_sparse_values_i16(const rv_sparse_t *p, const int16_t *restrict w,
                                  const int16_t *restrict x, int32_t *restrict acc);

/*
 * Dense weights as above, each event added by itself: acc[i] = sat(acc[i] + (w[j][i] << shift)),
 * sources ascending, sat to `bits` bits, 2..31. Of a source that gives x[j] > 0 its x[j] events are
 * added at once: having one weight, they saturate as their sum does. The caller has proved that
 * acc[i] + (w[j][i] << shift) * x[j] fits 32 bits.
 */
void rv_project_single_events_i8(const int8_t *restrict w, uint16_t targets,
                                 const uint16_t *restrict events, uint32_t shift, uint32_t bits,
                                 int32_t *restrict acc);
void rv_project_single_events_i16(const int16_t *restrict w, uint16_t targets,
                                  const uint16_t *restrict events, uint32_t shift, uint32_t bits,
                                  int32_t *restrict acc);
void rv_project_single_values_i8(const int8_t *restrict w, uint16_t targets, uint16_t sources,
                                 const int16_t *restrict x, uint32_t shift, uint32_t bits,
                                 int32_t *restrict acc);
void rv_project_single_values_i16(const int16_t *restrict w, uint16_t targets, uint16_t sources,
                                  const int16_t *restrict x, uint32_t shift, uint32_t bits,
                                  int32_t *restrict acc);

/* drive[i] += state[i], or with sign -1 less it: what is added to a state event by event starts
 * where the state stands, and ends as the difference from there. */
void rv_add_state_i16(int32_t *restrict drive, const int16_t *restrict state, uint16_t n,
                      int8_t sign);
void rv_add_state_i32(int32_t *restrict drive, const int32_t *restrict state, uint16_t n,
                      int8_t sign);

/* drive[i] += acc[i] shifted (left, or right for a negative shift, floor); acc[i] = 0. */
void rv_add_shifted(int32_t *restrict drive, int32_t *restrict acc, uint16_t n, int8_t shift);

#endif
