/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The meaning of a sliding window, once for convolution and pooling, events and values, and both
 * widths of a weight. The including file defines RV_WEIGHT, the type of one. A kernel calls
 * rv_window_events() or rv_window_values(); what is constant in its parameters is folded away.
 */

#include <stddef.h>

#include "ranvier/arith.h"
#include "ranvier/project.h"

/* Where the walk over the sources stands: at one channel of the image. */
typedef struct {
    const RV_WEIGHT *w; /* the channel's weights */
    int32_t *acc;       /* the first output of its group */
    uint16_t in_group;  /* which of its group's channels it is */
} rv_channel_t;

RV_INLINE void rv_window_next(const rv_conv_t *p, rv_channel_t *at)
{
    at->w += p->taps;
    ++at->in_group;
    if (at->in_group == p->group_in) {
        at->in_group = 0U;
        at->acc += (size_t)p->group_out * p->window.plane;
    }
}

/* Add what one source at a row and a column of a channel reaches. */
RV_INLINE void rv_window_add(const rv_conv_t *p, const rv_channel_t *at, rv_span_t row,
                             rv_span_t col, int32_t value)
{
    const size_t plane = p->window.plane;
    size_t row_tap = (size_t)row.tap + col.tap;
    size_t row_out = (size_t)row.out + col.out;

    for (uint16_t r = row.n; r != 0U; --r) {
        size_t tap = row_tap;
        size_t out = row_out;

        for (uint16_t c = col.n; c != 0U; --c) {
            const RV_WEIGHT *w = &at->w[tap];
            int32_t *acc = &at->acc[out];

            for (size_t o = 0U; o < p->group_out; ++o) {
                acc[o * plane] += w[o] * value;
            }
            tap += p->col_tap;
            out += p->window.col_out;
        }
        row_tap += p->row_tap;
        row_out += p->window.row_out;
    }
}

RV_INLINE void rv_window_events(const rv_conv_t *p, const RV_WEIGHT *w, const uint16_t *events,
                                int32_t *acc)
{
    const uint32_t size = (uint32_t)p->window.height * p->window.width;
    const uint16_t n = events[0];
    rv_channel_t at = {.w = w, .acc = acc};
    uint32_t first = 0U; /* the channel's first address */

    for (uint16_t e = 1U; e <= n; ++e) {
        uint32_t row;
        uint32_t col;

        while ((events[e] - first) >= size) {
            first += size;
            rv_window_next(p, &at);
        }
        row = (events[e] - first) / p->window.width;
        col = (events[e] - first) - (row * p->window.width);
        rv_window_add(p, &at, p->window.rows[row], p->window.cols[col], 1);
    }
}

RV_INLINE void rv_window_values(const rv_conv_t *p, const RV_WEIGHT *w, const int16_t *x,
                                int32_t *acc)
{
    rv_channel_t at = {.w = w, .acc = acc};
    const int16_t *next = x;

    for (uint16_t channel = 0U; channel < p->window.channels; ++channel) {
        for (uint16_t row = 0U; row < p->window.height; ++row) {
            for (uint16_t col = 0U; col < p->window.width; ++col) {
                const int32_t value = *next;

                ++next;
                if (value != 0) {
                    rv_window_add(p, &at, p->window.rows[row], p->window.cols[col], value);
                }
            }
        }
        rv_window_next(p, &at);
    }
}
