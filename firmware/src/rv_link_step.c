/* SPDX-License-Identifier: Apache-2.0 */
/* RESET and STEP: the commands that change the network's state. */
#include "ranvier/link.h"
#include "rv_link_commands.h"

#include <stddef.h>

#define RV_LINK_EVENT_BYTES 4U /* address, value */
#define RV_LINK_CLASS_BYTES 2U
#define RV_LINK_OUTPUTS_AT (RV_LINK_TX_START + RV_LINK_HEAD_BYTES + RV_LINK_CLASS_BYTES)

_Static_assert((RV_LINK_RX_START + 3U) % 4U == 0U, "samples are read in place");
_Static_assert(RV_LINK_OUTPUTS_AT % 4U == 0U, "outputs are written in place");

uint32_t rv_link_sample_bytes(uint8_t input_type)
{
    static const uint8_t bytes[] = {
        [RV_TYPE_U8] = 1U,  [RV_TYPE_I8] = 1U,  [RV_TYPE_U16] = 2U,
        [RV_TYPE_I16] = 2U, [RV_TYPE_I32] = 4U,
    };

    return (input_type < sizeof bytes) ? bytes[input_type] : 0U;
}

/* One step with its cost; the price of reading the counter is taken off here, and only here. */
static uint16_t rv_link_timed_step(rv_link_t *link, const void *raw)
{
    const rv_link_port_t *port = link->port;
    rv_link_cost_t *cost = &link->cost;
    const uint32_t before = port->ticks(port->context);
    const uint16_t decoded = link->net->step(link->state, raw);
    const uint32_t elapsed = port->ticks(port->context) - before;
    const uint32_t ticks = (elapsed > link->tick_cost) ? (elapsed - link->tick_cost) : 0U;

    cost->min = ((cost->steps == 0U) || (ticks < cost->min)) ? ticks : cost->min;
    cost->max = (ticks > cost->max) ? ticks : cost->max;
    cost->last = ticks;
    cost->sum += ticks;
    ++cost->steps;
    return decoded;
}

static void rv_link_guard(const rv_link_t *link, bool is_stepping)
{
    if (link->port->guard != NULL) {
        link->port->guard(link->port->context, is_stepping);
    }
}

uint16_t rv_link_one_step(rv_link_t *link, const void *raw)
{
    uint16_t decoded;

    rv_link_guard(link, true);
    decoded = rv_link_timed_step(link, raw);
    rv_link_guard(link, false);
    return decoded;
}

uint32_t rv_link_raw_bytes(const rv_link_t *link)
{
    return link->net->n_inputs * rv_link_sample_bytes(link->net->input_type);
}

/*
 * Run `n_steps` steps on consecutive samples and append class and outputs. The outputs of a
 * step are written where they leave from; `keeps_outputs` false makes each overwrite the last.
 */
static void rv_link_run(rv_link_t *link, const uint8_t *raw, uint32_t n_steps, bool keeps_outputs)
{
    const uint32_t raw_bytes = rv_link_raw_bytes(link);
    const uint32_t stride = keeps_outputs ? link->net->n_outputs : 0U;
    const int32_t *from = rv_net_out(link->net, link->state);
    int32_t *out = &link->tx.aligned32[RV_LINK_OUTPUTS_AT / 4U];
    uint16_t decoded = 0U;

    for (uint32_t i = 0U; i < n_steps; ++i) {
        decoded = rv_link_one_step(link, raw + i * raw_bytes);
        for (uint32_t k = 0U; k < link->net->n_outputs; ++k) {
            out[i * stride + k] = from[k];
        }
    }
    rv_link_put_u16(link, decoded);
    link->tx_length += 4U * stride * n_steps;
}

/* Whether an event's value can be a raw sample of this type. */
static bool rv_link_fits(uint8_t input_type, int32_t value)
{
    bool fits = true;

    if (input_type == (uint8_t)RV_TYPE_U8) {
        fits = (value >= 0) && (value <= 255);
    } else if (input_type == (uint8_t)RV_TYPE_I8) {
        fits = (value >= -128) && (value <= 127);
    } else if (input_type == (uint8_t)RV_TYPE_U16) {
        fits = (value >= 0);
    } else {
        /* wider than an event's value */
    }
    return fits;
}

static int32_t rv_link_event_value(const uint8_t *event)
{
    const int32_t value = (int32_t)rv_link_get_u16(event + 2);

    return (value >= 32768) ? (value - 65536) : value;
}

/* Addresses must ascend: that is how a duplicate is found without a table of those seen. */
static bool rv_link_events_are_valid(const rv_net_t *net, const uint8_t *events, uint32_t n)
{
    uint32_t lowest = 0U;
    bool valid = true;

    for (uint32_t i = 0U; i < n; ++i) {
        const uint8_t *event = events + RV_LINK_EVENT_BYTES * i;
        const uint32_t address = rv_link_get_u16(event);

        valid = valid && (address >= lowest) && (address < net->n_inputs) &&
                rv_link_fits(net->input_type, rv_link_event_value(event));
        lowest = address + 1U;
    }
    return valid;
}

/* Write each event's value, or zero, to its place among the samples; little-endian. */
static void rv_link_scatter(rv_link_t *link, const uint8_t *events, uint32_t n, bool is_clearing)
{
    const uint32_t bytes = rv_link_sample_bytes(link->net->input_type);

    for (uint32_t i = 0U; i < n; ++i) {
        const uint8_t *event = events + RV_LINK_EVENT_BYTES * i;
        const uint32_t bits = is_clearing ? 0U : (uint32_t)rv_link_event_value(event);
        uint8_t *sample = &link->raw.bytes[rv_link_get_u16(event) * bytes];

        for (uint32_t k = 0U; k < bytes; ++k) {
            sample[k] = (uint8_t)((bits >> (8U * k)) & 0xFFU);
        }
    }
}

static rv_status_t rv_link_step_events(rv_link_t *link, const uint8_t *events, uint32_t length,
                                       bool keeps_outputs)
{
    const uint32_t n = length / RV_LINK_EVENT_BYTES;

    if ((length % RV_LINK_EVENT_BYTES != 0U) || !rv_link_events_are_valid(link->net, events, n)) {
        return RV_STATUS_BAD_PAYLOAD;
    }
    rv_link_scatter(link, events, n, false);
    rv_link_run(link, link->raw.bytes, 1U, keeps_outputs);
    rv_link_scatter(link, events, n, true);
    return RV_STATUS_OK;
}

static rv_status_t rv_link_step_dense(rv_link_t *link, const uint8_t *raw, uint32_t length,
                                      bool keeps_outputs)
{
    const uint32_t raw_bytes = rv_link_raw_bytes(link);
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
    if (length != 0U) {
        return RV_STATUS_BAD_PAYLOAD;
    }
    link->net->reset(link->state);
    link->cost = (rv_link_cost_t){0};
    return RV_STATUS_OK;
}
