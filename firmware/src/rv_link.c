/* SPDX-License-Identifier: Apache-2.0 */
/* Frames: collected, checked, put in sequence, handed to their command, answered. */
#include "ranvier/link.h"

#include "ranvier/crc32.h"
#include "rv_link_commands.h"

#include <stddef.h>

#define RV_LINK_ENCODED_MAX RV_COBS_MAX(RV_LINK_MAX_FRAME)
#define RV_LINK_SHORTEST (2U + RV_LINK_CRC_BYTES) /* command and sequence, no payload */
#define RV_LINK_TICK_TRIES 8U

typedef struct {
    uint8_t command;
    bool needs_network; /* only after a HELLO that named this network */
    bool needs_rest;    /* not while it runs free */
    rv_link_handler_t handler;
} rv_link_entry_t;

/* HELLO, the first entry, is the only command that may come out of sequence. */
static const rv_link_entry_t rv_link_table[] = {
    {(uint8_t)RV_LINK_HELLO, false, false, rv_link_hello},
    {(uint8_t)RV_LINK_STEP, true, true, rv_link_step},
    {(uint8_t)RV_LINK_RESET, true, true, rv_link_reset},
    {(uint8_t)RV_LINK_READ_STATE, true, false, rv_link_read_state},
    {(uint8_t)RV_LINK_STATS, false, false, rv_link_stats},
    {(uint8_t)RV_LINK_EXIT, false, false, rv_link_exit},
    {(uint8_t)RV_LINK_START, true, false, rv_link_start},
    {(uint8_t)RV_LINK_SAMPLES, true, false, rv_link_samples},
    {(uint8_t)RV_LINK_STOP, false, false, rv_link_stop},
};

static const rv_link_entry_t *rv_link_find(const rv_link_t *link, uint8_t command)
{
    const rv_link_entry_t *found = NULL;

    for (uint32_t i = 0U; i < sizeof rv_link_table / sizeof rv_link_table[0]; ++i) {
        if (rv_link_table[i].command == command) {
            found = &rv_link_table[i];
        }
    }
    if (((command == (uint8_t)RV_LINK_EXIT) && (link->port->exit == NULL)) ||
        ((command >= (uint8_t)RV_LINK_START) && !link->port->can_wait)) {
        found = NULL;
    }
    return found;
}

static void rv_link_begin(rv_link_t *link, uint8_t command, uint8_t sequence)
{
    link->tx_length = 0U;
    rv_link_put_u8(link, (uint32_t)command | RV_LINK_ANSWER);
    rv_link_put_u8(link, sequence);
    rv_link_put_u8(link, (uint32_t)RV_STATUS_OK);
}

static void rv_link_transmit(const rv_link_t *link, const uint8_t *frame, uint32_t length)
{
    rv_cobs_encode(frame, length, link->port->put, link->port->context);
    link->port->put(link->port->context, 0U);
}

void rv_link_send_frame(const rv_link_t *link, uint8_t *frame, uint32_t length)
{
    const uint32_t crc = rv_crc32(frame, length);

    for (uint32_t i = 0U; i < RV_LINK_CRC_BYTES; ++i) {
        frame[length + i] = (uint8_t)((crc >> (8U * i)) & 0xFFU);
    }
    rv_link_transmit(link, frame, length + RV_LINK_CRC_BYTES);
}

/* Send the answer that was built in the transmit buffer. */
static void rv_link_send(rv_link_t *link, rv_status_t status)
{
    uint8_t *frame = &link->tx.bytes[RV_LINK_TX_START];

    frame[2] = (uint8_t)status;
    rv_link_put_u32(link, rv_crc32(frame, link->tx_length));
    rv_link_transmit(link, frame, link->tx_length);
    if (status == RV_STATUS_OK) {
        ++link->n_accepted;
    } else {
        ++link->n_refused;
    }
}

/* Send a refusal without touching the transmit buffer: the last answer may be asked for again. */
static void rv_link_refuse(rv_link_t *link, uint8_t command, uint8_t sequence, rv_status_t status)
{
    const bool has_number = (status == RV_STATUS_REPEATED) || (status == RV_STATUS_OUT_OF_SEQUENCE);
    const bool has_cause = (status == RV_STATUS_UNSAFE);
    const uint32_t length = RV_LINK_HEAD_BYTES + ((has_number || has_cause) ? 1U : 0U);
    uint8_t frame[RV_LINK_HEAD_BYTES + 1U + RV_LINK_CRC_BYTES] = {
        (uint8_t)(command | RV_LINK_ANSWER), sequence, (uint8_t)status,
        has_cause ? (uint8_t)link->port->cause : link->sequence};

    rv_link_send_frame(link, frame, length);
    ++link->n_refused;
}

/* Whether a frame may be executed now. */
static rv_status_t rv_link_admit(const rv_link_t *link, const rv_link_entry_t *entry,
                                 uint8_t sequence)
{
    rv_status_t status = RV_STATUS_OK;

    if (entry == NULL) {
        status = RV_STATUS_UNKNOWN;
    } else if (entry == &rv_link_table[0]) {
        /* HELLO opens a session, whatever went before */
    } else if (!link->is_open) {
        status = RV_STATUS_NOT_READY;
    } else if (sequence != link->sequence) {
        status = (sequence == (uint8_t)(link->sequence - 1U)) ? RV_STATUS_REPEATED
                                                              : RV_STATUS_OUT_OF_SEQUENCE;
    } else if (entry->needs_network && !link->is_ready) {
        status = RV_STATUS_NOT_READY;
    } else if (entry->needs_network && (link->port->cause != 0U)) {
        status = RV_STATUS_UNSAFE;
    } else if (entry->needs_rest && (link->live.is_running || (link->live.filled != 0U))) {
        status = RV_STATUS_RUNNING;
    } else {
        /* in sequence */
    }
    return status;
}

/* Execute an admitted frame, answer it, and keep the answer where it is OK. */
static void rv_link_execute(rv_link_t *link, const rv_link_entry_t *entry, const uint8_t *frame,
                            uint32_t length)
{
    const uint8_t sequence = frame[1];
    const uint32_t checksum = rv_link_get_u32(frame + length); /* before the handler uses rx */
    rv_status_t status;

    link->has_answer = false;
    rv_link_begin(link, frame[0], sequence);
    status = entry->handler(link, frame + 2, length - 2U);
    if (status == RV_STATUS_OK) {
        link->is_open = true;
        link->sequence = (uint8_t)(sequence + 1U);
        link->has_answer = true;
        link->answered_checksum = checksum;
    }
    rv_link_send(link, status);
    if (link->is_leaving) {
        link->is_leaving = false;
        link->port->exit(link->port->context, link->exit_code);
    }
}

/*
 * Deal with an intact frame of `length` bytes, its checksum not counted. The request answered last,
 * to the bit, is one whose answer was lost: it gets the same answer and is not executed again.
 */
static void rv_link_dispatch(rv_link_t *link, const uint8_t *frame, uint32_t length)
{
    const rv_link_entry_t *entry = rv_link_find(link, frame[0]);
    const rv_status_t status = rv_link_admit(link, entry, frame[1]);

    if (status == RV_STATUS_OK) {
        rv_link_execute(link, entry, frame, length);
    } else if ((status == RV_STATUS_REPEATED) && link->has_answer &&
               (rv_link_get_u32(frame + length) == link->answered_checksum)) {
        rv_link_transmit(link, &link->tx.bytes[RV_LINK_TX_START], link->tx_length);
    } else {
        rv_link_refuse(link, frame[0], frame[1], status);
    }
}

/* Undo COBS in place and check length and checksum of the frame that was collected. */
static rv_status_t rv_link_open_frame(rv_link_t *link, uint32_t *length)
{
    uint8_t *frame = &link->rx.bytes[RV_LINK_RX_START];
    const int32_t decoded = link->rx_overflow ? 0 : rv_cobs_decode(frame, link->rx_length, frame);
    rv_status_t status = RV_STATUS_OK;

    if (link->rx_overflow || (decoded > (int32_t)RV_LINK_MAX_FRAME)) {
        status = RV_STATUS_TOO_LONG;
    } else if (decoded < (int32_t)RV_LINK_SHORTEST) {
        status = RV_STATUS_CORRUPT;
    } else {
        *length = (uint32_t)decoded - RV_LINK_CRC_BYTES;
        if (rv_crc32(frame, *length) != rv_link_get_u32(frame + *length)) {
            status = RV_STATUS_CORRUPT;
        }
    }
    return status;
}

void rv_link_feed(rv_link_t *link, uint8_t byte)
{
    uint32_t length = 0U;
    rv_status_t status;

    if (byte != 0U) {
        if (link->rx_length < RV_LINK_ENCODED_MAX) {
            link->rx.bytes[RV_LINK_RX_START + link->rx_length] = byte;
            ++link->rx_length;
        } else {
            link->rx_overflow = true;
        }
        return;
    }
    if (link->rx_length == 0U) {
        return; /* a bare delimiter: the host makes sure that a frame can start here */
    }
    status = rv_link_open_frame(link, &length);
    link->rx_length = 0U;
    link->rx_overflow = false;
    if (status == RV_STATUS_OK) {
        rv_link_dispatch(link, &link->rx.bytes[RV_LINK_RX_START], length);
    } else {
        rv_link_refuse(link, RV_LINK_UNREADABLE, 0U, status);
    }
}

/* The least time between two readings: what reading the counter itself costs. */
static uint32_t rv_link_tick_cost(const rv_link_port_t *port)
{
    uint32_t least = 0xFFFFFFFFU;

    for (uint32_t i = 0U; i < RV_LINK_TICK_TRIES; ++i) {
        const uint32_t before = port->ticks(port->context);
        const uint32_t cost = port->ticks(port->context) - before;

        least = (cost < least) ? cost : least;
    }
    return least;
}

rv_err_t rv_link_init(rv_link_t *link, const rv_net_t *net, void *state, const uint8_t *build_hash,
                      const rv_link_port_t *port)
{
    const uint32_t sample_bytes = rv_link_sample_bytes(net->input_type);
    const uint32_t outputs_bytes = 2U + 4U * (uint32_t)net->n_outputs; /* after the class */
    const uint32_t room = RV_LINK_MAX_FRAME - RV_LINK_HEAD_BYTES - RV_LINK_CRC_BYTES;

    if ((net->n_inputs == 0U) || (sample_bytes == 0U)) {
        return RV_E_ARG;
    }
    if ((net->n_inputs * sample_bytes > RV_LINK_RAW_BYTES) || (outputs_bytes > room) ||
        (rv_link_hello_bytes(net) > room)) {
        return RV_E_SIZE;
    }
    link->net = net;
    link->state = state;
    link->build_hash = build_hash;
    link->port = port;
    link->rx_length = 0U;
    link->rx_overflow = false;
    link->is_open = false;
    link->is_ready = false;
    link->is_leaving = false;
    link->has_answer = false;
    link->sequence = 0U;
    link->exit_code = 0U;
    link->tx_length = 0U;
    link->answered_checksum = 0U;
    link->n_accepted = 0U;
    link->n_refused = 0U;
    link->cost = (rv_link_cost_t){0};
    link->live = (rv_live_t){0};
    link->tick_cost = rv_link_tick_cost(port);
    rv_link_clear_raw(link);
    net->reset(state);
    return RV_OK;
}
