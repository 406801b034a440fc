/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/arith.h"
#include "ranvier/encode.h"

/* Values that a channel remembers of a signal: a sample ago, two samples ago. */
#define RV_PAST 2U

static int32_t section(const int32_t *c, int32_t x, const int32_t *in, const int32_t *out,
                       uint8_t shift)
{
    const int64_t half = (int64_t)(1ULL << (shift - 1U));
    const int64_t sum =
        ((int64_t)c[0] * (x - in[1])) - ((int64_t)c[1] * out[0]) - ((int64_t)c[2] * out[1]);

    return (int32_t)rv_asr64(sum + half, shift);
}

/*
 * One channel through the sections of one band. `in` is the past of what enters, `out` that of the
 * first section's output, `row` values further that of the next. The past of a section's input is
 * kept until it is computed.
 */
static int32_t band(int32_t x, const int32_t *in, int32_t *out, uint32_t row, const int32_t *table,
                    uint8_t sections, uint8_t shift)
{
    int32_t past[RV_PAST] = {in[0], in[1]};
    int32_t y = x;

    for (uint8_t s = 0U; s < sections; ++s) {
        const int32_t last = out[0];
        const int32_t before = out[1];

        y = section(table, y, past, out, shift);
        out[0] = y;
        out[1] = last;
        past[0] = last;
        past[1] = before;
        out += row;
        table += RV_SECTION_NUMBERS;
    }
    return y;
}

void rv_encode_filterbank(int32_t *restrict x, int32_t *restrict past, uint16_t n,
                          const int32_t *restrict table, uint8_t bands, uint8_t sections,
                          uint8_t shift, uint8_t fraction, uint8_t drop)
{
    const uint32_t row = RV_PAST * (uint32_t)n;

    for (uint16_t i = 0U; i < n; ++i) {
        const int32_t now = rv_shl32(x[i], fraction);
        int32_t *in = &past[RV_PAST * (uint32_t)i];
        int32_t *out = in + row;
        const int32_t *numbers = table;

        for (uint8_t k = 0U; k < bands; ++k) {
            x[((uint32_t)k * n) + i] =
                rv_asr32(band(now, in, out, row, numbers, sections, shift), drop);
            out += row * sections;
            numbers += RV_SECTION_NUMBERS * sections;
        }
        in[1] = in[0];
        in[0] = now;
    }
}
