/* SPDX-License-Identifier: Apache-2.0 */
/* RESET and STEP: the commands that change the network's state. */
#include "ranvier/link.h"
#include "rv_link_commands.h"

#include <stddef.h>

#define RV_LINK_CLASS_BYTES 2U
#define RV_LINK_OUTPUTS_AT (RV_LINK_TX_START + RV_LINK_HEAD_BYTES + RV_LINK_CLASS_BYTES)

_Static_assert((RV_LINK_RX_START + 3U) % 4U == 0U, "samples are read in place");
_Static_assert(RV_LINK_OUTPUTS_AT % 4U == 0U, "outputs are written in place");

/* An event of STEP, as it is sent. */
typedef struct {
    uint16_t address;
    int16_t value;
} rv_link_event_t;

/* An rv_type_t: how many bytes a sample of it takes, and which of an event's values it can be. */
typedef struct {
    int16_t least;
    int16_t most;
    uint16_t bytes;
} rv_link_type_t;

static const rv_link_type_t rv_link_types[] = {
    [RV_TYPE_U8] = {0, 255, 1U},
    [RV_TYPE_I8] = {-128, 127, 1U},
    [RV_TYPE_U16] = {0, INT16_MAX, 2U},
    [RV_TYPE_I16] = {INT16_MIN, INT16_MAX, 2U},
    [RV_TYPE_I32] = {INT16_MIN, INT16_MAX, 4U},
};

uint32_t rv_link_sample_bytes(uint8_t input_type)
{
    return (input_type < sizeof rv_link_types / sizeof rv_link_types[0])
               ? rv_link_types[input_type].bytes
               : 0U;
}

/* One step with its cost; the price of reading the counter is taken off here, and only here. */
static uint16_t rv_link_timed_step(rv_link_t *link, const void *raw)
{
    rv_link_cost_t *cost = &link->stats.cost;
    const uint32_t before = rv_board_ticks();
    const uint16_t decoded = link->net->step(link->state, raw);
    const uint32_t elapsed = rv_board_ticks() - before;
    const uint32_t ticks = (elapsed > link->tick_cost) ? (elapsed - link->tick_cost) : 0U;

    cost->min = ((cost->steps == 0U) || (ticks < cost->min)) ? ticks : cost->min;
    cost->max = (ticks > cost->max) ? ticks : cost->max;
    cost->last = ticks;
    cost->sum += ticks;
    ++cost->steps;
    return decoded;
}

/* A run that ends between the two notes is told by the next one. */
uint16_t rv_link_one_step(rv_link_t *link, const void *raw)
{
    uint16_t decoded;

    rv_board_note(RV_NOTE_STEP);
    rv_board_deadline_start();
    decoded = rv_link_timed_step(link, raw);
    rv_board_deadline_stop();
    rv_board_note(0U);
    return decoded;
}

/*
 * Run `n_steps` steps on consecutive samples and append class and outputs. The outputs of a
 * step are written where they leave from; `keeps_outputs` false makes each overwrite the last.
 */
static void rv_link_run(rv_link_t *link, const uint8_t *raw, uint32_t n_steps, bool keeps_outputs)
{
    const uint32_t raw_bytes = link->raw_bytes;
    const uint32_t stride = keeps_outputs ? link->net->n_outputs : 0U;
    const int32_t *from = rv_net_out(link->net, link->state);
    int32_t *out = &link->tx.aligned32[RV_LINK_OUTPUTS_AT / 4U];
    uint16_t decoded = 0U;

    for (uint32_t i = 0U; i < n_steps; ++i) {
        decoded = rv_link_one_step(link, raw + i * raw_bytes);
        RV_COPY(&out[i * stride], from, 4U * link->net->n_outputs);
    }
    rv_link_put_u16(link, decoded);
    link->tx_length += 4U * stride * n_steps;
}

/*
 * Write the events' values, or zeros, to their places among the samples, up to the first event that
 * cannot be, and return its number. Addresses must ascend: that is how a duplicate is found without a
 * table of those seen.
 */
static uint32_t rv_link_scatter(rv_link_t *link, const uint8_t *events, uint32_t n,
                                bool is_clearing)
{
    const rv_link_type_t *type = &rv_link_types[link->net->input_type];
    uint32_t lowest = 0U;

    for (uint32_t i = 0U; i < n; ++i) {
        rv_link_event_t event;
        int32_t sample;

        RV_COPY(&event, events + i * sizeof event, sizeof event);
        if ((event.address < lowest) || (event.address >= link->net->n_inputs) ||
            (event.value < type->least) || (event.value > type->most)) {
            return i;
        }
        sample = is_clearing ? 0 : event.value;
        RV_COPY(&link->raw.bytes[event.address * type->bytes], &sample, type->bytes);
        lowest = event.address + 1U;
    }
    return n;
}

static rv_status_t rv_link_step_events(rv_link_t *link, const uint8_t *events, uint32_t length,
                                       bool keeps_outputs)
{
    const uint32_t n = length / sizeof(rv_link_event_t);
    rv_status_t status = RV_STATUS_BAD_PAYLOAD;

    if (length % sizeof(rv_link_event_t) == 0U) {
        if (rv_link_scatter(link, events, n, false) == n) {
            rv_link_run(link, link->raw.bytes, 1U, keeps_outputs);
            status = RV_STATUS_OK;
        }
        (void)rv_link_scatter(link, events, n, true);
    }
    return status;
}

static rv_status_t rv_link_step_dense(rv_link_t *link, const uint8_t *raw, uint32_t length,
                                      bool keeps_outputs)
{
    const uint32_t raw_bytes = link->raw_bytes;
    const uint32_t n_steps = length / raw_bytes;
    const uint32_t n_values = keeps_outputs ? n_steps * link->net->n_outputs : 0U;

    if ((n_steps == 0U) || (length % raw_bytes != 0U) ||
        (RV_LINK_CLASS_BYTES + 4U * n_values > rv_link_room(link))) {
        return RV_STATUS_BAD_PAYLOAD;
    }
    rv_link_run(link, raw, n_steps, keeps_outputs);
    return RV_STATUS_OK;
}

rv_status_t rv_link_step(rv_link_t *link, const uint8_t *payload, uint32_t length)
{
    const uint32_t flags = (length > 0U) ? payload[0] : 0xFFU;
    const bool keeps_outputs = (flags & RV_LINK_STEP_CLASS_ONLY) == 0U;
    rv_status_t status;

    if ((flags & ~(RV_LINK_STEP_EVENTS | RV_LINK_STEP_CLASS_ONLY)) != 0U) {
        status = RV_STATUS_BAD_PAYLOAD;
    } else if ((flags & RV_LINK_STEP_EVENTS) != 0U) {
        status = rv_link_step_events(link, payload + 1, length - 1U, keeps_outputs);
    } else {
        status = rv_link_step_dense(link, payload + 1, length - 1U, keeps_outputs);
    }
    return status;
}

rv_status_t rv_link_reset(rv_link_t *link, const uint8_t *payload, uint32_t length)
{
    (void)payload;
    (void)length;
    link->net->reset(link->state);
    RV_CLEAR(&link->stats.cost, sizeof link->stats.cost);
    return RV_STATUS_OK;
}
