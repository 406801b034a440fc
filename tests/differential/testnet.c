/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A network small enough to restate in a line of Python, whose state shows every step that was
 * run, lost, repeated or fed wrong samples. Not a neuron model.
 *
 *   hidden[i]  syn = 3 syn + x[i];  v = v + syn + steps  (wrapping 16 bits);  fires where v is odd
 *   count[j]   v = v + x[j] x[j + 3];  counts x[j] mod 4
 *   readout[k] v = 5 v + hidden[k].v + k  (wrapping 32 bits), class = argmax
 */
#include "ranvier/image.h"

#include <stddef.h>

#ifndef RV_TEST_SAMPLE /* the image for timing is built with int8_t, RV_TYPE_I8 */
#define RV_TEST_SAMPLE int16_t
#define RV_TEST_TYPE RV_TYPE_I16
#endif

#define N_IN 6U
#define N_COUNT 3U
#define N_OUT 2U

typedef struct {
    uint32_t steps;
    int32_t readout_v[N_OUT];
    int32_t count_v[N_COUNT];
    int16_t hidden_v[N_IN];
    int16_t hidden_syn[N_IN];
    struct {
        uint16_t n;
        uint16_t index[N_IN];
    } hidden_out;
    int16_t count_out[N_COUNT];
} state_t;

#define STATE_WORDS ((sizeof(state_t) + 7U) / 8U)

static uint64_t state_words[STATE_WORDS];
void *const rv_net_state = state_words;

const uint8_t rv_build_hash[RV_SIGNATURE_BYTES] = {0xB0, 0x0B, 1, 2, 3};
static const uint8_t signature[RV_SIGNATURE_BYTES] = {0x51, 0x60, 0x4E, 0xD0, [31] = 0xFF};

static int16_t wrap16(uint32_t x)
{
    const int32_t low = (int32_t)(x & 0xFFFFU);

    return (int16_t)((low >= 32768) ? (low - 65536) : low);
}

static int32_t wrap32(uint32_t x)
{
    return (x > 0x7FFFFFFFU) ? (int32_t)(x - 0x80000000U) + INT32_MIN : (int32_t)x;
}

static void reset(void *memory)
{
    uint64_t *words = memory;

    for (size_t i = 0U; i < STATE_WORDS; ++i) {
        words[i] = 0U;
    }
}

#ifdef RV_TEST_FAULTS
/* Different each time, or the compiler would make a loop of it. */
static uint32_t overflow_stack(volatile uint32_t *above)
{
    volatile uint32_t here[16] = {*above + 1U};

    return overflow_stack(here) + here[0];
}

static void fail_on_request(uint32_t kind)
{
    volatile uint32_t zero = 0U;

    if (kind == 101U) {
        (void)*(volatile uint32_t *)0xA0000000U;
    } else if (kind == 102U) {
        (void)overflow_stack(&zero);
    } else if (kind == 103U) {
#ifdef __riscv
        __asm__ volatile("unimp");
#else
        __asm__ volatile("udf #0");
#endif
    } else if (kind == 104U) {
        for (;;) {
        }
    } else if (kind == 105U) {
        for (volatile uint32_t i = 0U; i < 12000U; i = i + 1U) { /* about 80 ms of an emulator's */
        }
    }
}
#endif

static uint16_t step(void *memory, const void *raw)
{
    state_t *s = memory;
    const RV_TEST_SAMPLE *x = raw;

#ifdef RV_TEST_FAULTS
    fail_on_request((uint32_t)x[0]);
#endif
    ++s->steps;
    s->hidden_out.n = 0U;
    for (uint16_t i = 0U; i < N_IN; ++i) {
        s->hidden_syn[i] = wrap16(3U * (uint32_t)s->hidden_syn[i] + (uint32_t)x[i]);
        s->hidden_v[i] = wrap16((uint32_t)s->hidden_v[i] + (uint32_t)s->hidden_syn[i] + s->steps);
        if (((uint32_t)s->hidden_v[i] & 1U) != 0U) {
            s->hidden_out.index[s->hidden_out.n] = i;
            ++s->hidden_out.n;
        }
    }
    for (uint32_t j = 0U; j < N_COUNT; ++j) {
        s->count_v[j] = wrap32((uint32_t)s->count_v[j] + (uint32_t)x[j] * (uint32_t)x[j + 3U]);
        s->count_out[j] = (int16_t)((uint32_t)x[j] & 3U);
    }
    for (uint32_t k = 0U; k < N_OUT; ++k) {
        s->readout_v[k] = wrap32(5U * (uint32_t)s->readout_v[k] + (uint32_t)s->hidden_v[k] + k);
    }
    return (s->readout_v[1] > s->readout_v[0]) ? 1U : 0U;
}

static const rv_population_t populations[] = {
    {N_IN, 1U, 2U, RV_OUT_EVENTS, offsetof(state_t, hidden_v),
     offsetof(state_t, hidden_syn), offsetof(state_t, hidden_out)},
    {N_COUNT, 0U, 4U, RV_OUT_COUNTS, offsetof(state_t, count_v), 0U,
     offsetof(state_t, count_out)},
    {N_OUT, 0U, 4U, RV_OUT_NONE, offsetof(state_t, readout_v), 0U, 0U},
};

static const uint8_t description[] = {
    RV_NET_U16(N_IN), RV_TEST_TYPE, RV_NET_U16(N_OUT), RV_NET_U16(3U),
    7U, 't', 'e', 's', 't', 'n', 'e', 't',
    RV_NET_U16(N_IN), 1U, 2U, RV_OUT_EVENTS,
    6U, 'h', 'i', 'd', 'd', 'e', 'n',
    RV_NET_U16(N_COUNT), 0U, 4U, RV_OUT_COUNTS,
    5U, 'c', 'o', 'u', 'n', 't',
    RV_NET_U16(N_OUT), 0U, 4U, RV_OUT_NONE,
    7U, 'r', 'e', 'a', 'd', 'o', 'u', 't',
};

const rv_net_t rv_net = {
    .signature = signature,
    .description = description,
    .description_bytes = sizeof description,
    .n_inputs = N_IN,
    .input_type = RV_TEST_TYPE,
    .step_us = 50000U,
    .n_outputs = N_OUT,
    .n_populations = 3U,
    .populations = populations,
    .state_bytes = sizeof(uint64_t) * STATE_WORDS,
    .out_offset = offsetof(state_t, readout_v),
    .reset = reset,
    .step = step,
};
