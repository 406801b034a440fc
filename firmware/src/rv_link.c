/* SPDX-License-Identifier: Apache-2.0 */
/* Frames: collected, checked, put in sequence, handed to their command, answered. */
#include "ranvier/link.h"

#include "ranvier/crc32.h"
#include "rv_link_commands.h"

#include <stddef.h>

#define RV_LINK_ENCODED_MAX RV_COBS_MAX(RV_LINK_MAX_FRAME)
#define RV_LINK_SHORTEST (2U + RV_LINK_CRC_BYTES) /* command and sequence, no payload */
#define RV_LINK_TICK_TRIES 8U
/* Refusals with a byte after the status: a bit for each. */
#define RV_LINK_SAYS_WHY                                                                    \
    ((1UL << (uint32_t)RV_STATUS_REPEATED) | (1UL << (uint32_t)RV_STATUS_OUT_OF_SEQUENCE) | \
     (1UL << (uint32_t)RV_STATUS_UNSAFE))

#define RV_LINK_ANY 0xFFU /* as a length: the handler looks at it */

typedef struct {
    rv_link_handler_t handler;
    uint8_t length;     /* of the payload, or RV_LINK_ANY */
    bool needs_network; /* only after a HELLO that named this network */
    bool needs_rest;    /* not while it runs free */
    bool needs_wait;    /* only where the board can wait for ticks */
} rv_link_entry_t;

/* By command, from HELLO on, which is the only one that may come out of sequence. */
static const rv_link_entry_t rv_link_table[] = {
    [RV_LINK_HELLO - 1] = {rv_link_hello, RV_LINK_ANY, false, false, false},
    [RV_LINK_RESET - 1] = {rv_link_reset, 0U, true, true, false},
    [RV_LINK_STEP - 1] = {rv_link_step, RV_LINK_ANY, true, true, false},
    [RV_LINK_READ_STATE - 1] = {rv_link_read_state, 7U, true, false, false},
    [RV_LINK_STATS - 1] = {rv_link_stats, 0U, false, false, false},
    [RV_LINK_EXIT - 1] = {rv_link_exit, 1U, false, false, false},
    [RV_LINK_START - 1] = {rv_link_start, 9U, true, false, true},
    [RV_LINK_SAMPLES - 1] = {rv_link_samples, RV_LINK_ANY, true, false, true},
    [RV_LINK_STOP - 1] = {rv_link_stop, 0U, false, false, true},
};

static const rv_link_entry_t *rv_link_find(uint8_t command)
{
    const uint32_t at = (uint32_t)command - (uint32_t)RV_LINK_HELLO;

    if ((at >= sizeof rv_link_table / sizeof rv_link_table[0]) ||
        ((command == (uint8_t)RV_LINK_EXIT) && !rv_board_has_exit()) ||
        (rv_link_table[at].needs_wait && !rv_board_can_wait())) {
        return NULL;
    }
    return &rv_link_table[at];
}

static void rv_link_transmit(const rv_link_t *link, const uint8_t *frame, uint32_t length)
{
    rv_cobs_encode(frame, length, link->put, link->context);
    link->put(link->context, 0U);
}

/* Append the checksum to `length` bytes, for which there is room, and send them. */
static void rv_link_send(const rv_link_t *link, uint8_t *frame, uint32_t length)
{
    const uint32_t crc = rv_crc32(frame, length);

    RV_COPY(&frame[length], &crc, sizeof crc);
    rv_link_transmit(link, frame, length + RV_LINK_CRC_BYTES);
}

void rv_link_send_aside(const rv_link_t *link, uint32_t head, const void *payload, uint32_t length)
{
    uint8_t frame[RV_LINK_HEAD_BYTES + RV_LINK_ASIDE_BYTES + RV_LINK_CRC_BYTES];

    RV_COPY(frame, &head, sizeof head);
    RV_COPY(&frame[RV_LINK_HEAD_BYTES], payload, length);
    rv_link_send(link, frame, RV_LINK_HEAD_BYTES + length);
}

/* The last answer is left alone: it may be asked for again. */
static void rv_link_refuse(rv_link_t *link, uint32_t command, uint32_t sequence, rv_status_t status)
{
    const uint8_t *why = (status == RV_STATUS_UNSAFE) ? &link->cause : &link->sequence;

    rv_link_send_aside(link, rv_link_head(command, sequence, status), why,
                       (RV_LINK_SAYS_WHY >> (uint32_t)status) & 1U);
    ++link->stats.n_answered[1];
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
    } else if (entry->needs_network && (link->cause != 0U)) {
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
    const uint32_t sequence = frame[1];
    const uint32_t head = rv_link_head(frame[0], sequence, RV_STATUS_OK);
    const uint32_t checksum = rv_link_get_u32(frame + length); /* before the handler uses rx */
    uint8_t *answer = &link->tx.bytes[RV_LINK_TX_START];
    rv_status_t status = RV_STATUS_BAD_PAYLOAD;

    RV_COPY(answer, &head, sizeof head);
    link->tx_length = RV_LINK_HEAD_BYTES;
    if ((entry->length == RV_LINK_ANY) || (entry->length == length - 2U)) {
        status = entry->handler(link, frame + 2, length - 2U);
    }
    answer[2] = (uint8_t)status;
    rv_link_send(link, answer, link->tx_length);
    link->tx_length += RV_LINK_CRC_BYTES;
    link->has_answer = (status == RV_STATUS_OK);
    if (status == RV_STATUS_OK) {
        link->is_open = true;
        link->sequence = (uint8_t)(sequence + 1U);
        link->answered_checksum = checksum;
    }
    ++link->stats.n_answered[status != RV_STATUS_OK];
    if (link->is_leaving) {
        rv_board_exit(link->exit_code);
    }
}

/*
 * Deal with an intact frame of `length` bytes, its checksum not counted. The request answered last,
 * to the bit, is one whose answer was lost: it gets the same answer and is not executed again.
 */
static void rv_link_dispatch(rv_link_t *link, const uint8_t *frame, uint32_t length)
{
    const rv_link_entry_t *entry = rv_link_find(frame[0]);
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
    const bool is_too_long = link->rx_length > RV_LINK_ENCODED_MAX;
    const int32_t decoded = is_too_long ? 0 : rv_cobs_decode(frame, link->rx_length, frame);
    rv_status_t status = RV_STATUS_OK;

    if (is_too_long || (decoded > (int32_t)RV_LINK_MAX_FRAME)) {
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
        if (link->rx_length <= RV_LINK_ENCODED_MAX) {
            link->rx.bytes[RV_LINK_RX_START + link->rx_length] = byte;
            ++link->rx_length;
        }
        return;
    }
    if (link->rx_length == 0U) {
        return; /* a bare delimiter: the host makes sure that a frame can start here */
    }
    status = rv_link_open_frame(link, &length);
    link->rx_length = 0U;
    if (status == RV_STATUS_OK) {
        rv_link_dispatch(link, &link->rx.bytes[RV_LINK_RX_START], length);
    } else {
        rv_link_refuse(link, RV_LINK_UNREADABLE, 0U, status);
    }
}

/* The least time between two readings: what reading the counter itself costs. */
static uint32_t rv_link_tick_cost(void)
{
    uint32_t least = 0xFFFFFFFFU;

    for (uint32_t i = 0U; i < RV_LINK_TICK_TRIES; ++i) {
        const uint32_t before = rv_board_ticks();
        const uint32_t cost = rv_board_ticks() - before;

        least = (cost < least) ? cost : least;
    }
    return least;
}

rv_err_t rv_link_init(rv_link_t *link, const rv_net_t *net, void *state, rv_cause_t cause,
                      rv_put_t put, void *context)
{
    const uint32_t raw_bytes = net->n_inputs * rv_link_sample_bytes(net->input_type);
    const uint32_t outputs_bytes = 2U + 4U * (uint32_t)net->n_outputs; /* after the class */

    if (raw_bytes == 0U) {
        return RV_E_ARG;
    }
    RV_CLEAR(link, sizeof *link);
    link->net = net;
    link->state = state;
    link->cause = (uint8_t)cause;
    link->put = put;
    link->context = context;
    link->raw_bytes = raw_bytes;
    link->capacity = RV_LINK_RAW_BYTES / raw_bytes;
    link->tx_length = RV_LINK_HEAD_BYTES;
    rv_link_describe(link); /* to see whether it fits */
    if ((raw_bytes > RV_LINK_RAW_BYTES) ||
        (link->tx_length > RV_LINK_MAX_FRAME - RV_LINK_CRC_BYTES) ||
        (outputs_bytes > RV_LINK_MAX_FRAME - RV_LINK_HEAD_BYTES - RV_LINK_CRC_BYTES)) {
        return RV_E_SIZE;
    }
    link->tick_cost = rv_link_tick_cost();
    net->reset(state);
    return RV_OK;
}
