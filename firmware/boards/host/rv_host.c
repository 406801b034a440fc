/* SPDX-License-Identifier: Apache-2.0 */
/* Allocates nothing and keeps nothing between calls: all memory is the caller's. */
#include "rv_host.h"

#include "ranvier/image.h"
#include "ranvier/link.h"
#include "ranvier/probe.h"

#include <stddef.h>

typedef struct {
    rv_link_t link;
    uint8_t *reply; /* where the current call collects its answers */
    uint32_t n_reply;
} rv_host_link_t;

#define RV_HOST_REPLY_BYTES (RV_COBS_MAX(RV_LINK_MAX_FRAME) + 1U)

static void rv_host_put(void *context, uint8_t byte)
{
    rv_host_link_t *host = context;

    host->reply[host->n_reply] = byte;
    ++host->n_reply;
}

/* A host has no instruction counter. */
uint32_t rv_board_ticks(void)
{
    return 0U;
}

uint32_t rv_board_tick_hz(void)
{
    return 0U;
}

uint32_t rv_host_state_bytes(void)
{
    return rv_net.state_bytes;
}

uint32_t rv_host_link_bytes(void)
{
    return (uint32_t)sizeof(rv_host_link_t);
}

uint32_t rv_host_reply_bytes(void)
{
    return RV_HOST_REPLY_BYTES;
}

rv_err_t rv_host_link_init(void *link, void *state)
{
    rv_host_link_t *host = link;

    host->reply = NULL;
    host->n_reply = 0U;
    return rv_link_init(&host->link, &rv_net, state, RV_CAUSE_NONE, rv_host_put, host);
}

uint32_t rv_host_link_feed(void *link, const uint8_t *request, uint32_t length, uint8_t *reply,
                           uint32_t capacity, uint32_t *taken)
{
    rv_host_link_t *host = link;

    host->reply = reply;
    host->n_reply = 0U;
    *taken = 0U;
    while ((*taken < length) && (capacity - host->n_reply >= RV_HOST_REPLY_BYTES)) {
        rv_link_feed(&host->link, request[*taken]);
        ++*taken;
    }
    return host->n_reply;
}

/* `count` values from wire format, at most four bytes each, to int32_t. */
static void rv_host_widen(const uint8_t *bytes, uint32_t width, uint32_t count, int32_t *values)
{
    for (uint32_t i = 0U; i < count; ++i) {
        const uint8_t *at = bytes + i * width;
        const int32_t low = (int32_t)at[0] | ((int32_t)at[1] << 8);

        if (width == 2U) {
            values[i] = (low >= 32768) ? (low - 65536) : low;
        } else {
            const int32_t high = (int32_t)at[2] | ((int32_t)at[3] << 8);

            values[i] = ((high >= 32768) ? (high - 65536) : high) * 65536 + low;
        }
    }
}

/* One population's values after one step, neuron by neuron: no buffer of its size is needed. */
static void rv_host_record(const rv_population_t *population, const void *state, uint64_t at_step,
                           const rv_host_trace_t *trace)
{
    const uint32_t size = population->size;
    uint8_t bytes[4];

    for (uint16_t i = 0U; i < size; ++i) {
        if (trace->v != NULL) {
            rv_probe_read(population, state, RV_PROBE_MEMBRANE, i, 1U, bytes);
            rv_host_widen(bytes, population->state_bytes, 1U, &trace->v[at_step * size + i]);
        }
        for (uint32_t k = 0U; (trace->syn != NULL) && (k < population->n_synapses); ++k) {
            const uint64_t row = at_step * population->n_synapses + k;

            rv_probe_read(population, state, (uint8_t)(RV_PROBE_SYNAPSE + k), i, 1U, bytes);
            rv_host_widen(bytes, population->state_bytes, 1U, &trace->syn[row * size + i]);
        }
    }
    if (trace->counts != NULL) {
        rv_probe_read(population, state, RV_PROBE_OUTPUT, 0U, population->size,
                      (uint8_t *)&trace->counts[at_step * size]);
    }
}

void rv_host_run(void *state, uint32_t n_samples, uint32_t n_steps, const void *raw, int32_t *out,
                 uint16_t *decoded, const rv_host_trace_t *trace)
{
    const uint64_t raw_bytes = (uint64_t)rv_net.n_inputs * rv_link_sample_bytes(rv_net.input_type);
    const uint8_t *samples = raw;
    const int32_t *from = rv_net_out(&rv_net, state);

    for (uint64_t at = 0U; at < (uint64_t)n_samples * n_steps; ++at) {
        uint16_t label;

        if (at % n_steps == 0U) {
            rv_net.reset(state);
        }
        label = rv_net.step(state, samples + at * raw_bytes);
        for (uint32_t k = 0U; (out != NULL) && (k < rv_net.n_outputs); ++k) {
            out[at * rv_net.n_outputs + k] = from[k];
        }
        if (decoded != NULL) {
            decoded[at] = label;
        }
        for (uint32_t p = 0U; (trace != NULL) && (p < rv_net.n_populations); ++p) {
            rv_host_record(&rv_net.populations[p], state, at, &trace[p]);
        }
    }
}
