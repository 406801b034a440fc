/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Serves one compiled network to a host over a byte stream: docs/link-protocol.md.
 *
 * Feed it each byte that arrives. When a frame is complete it is checked, executed and answered
 * with exactly one frame through a byte sink; a refused frame leaves the network alone,
 * and a frame sent again, because its answer was lost, gets the same answer without being run again.
 */
#ifndef RANVIER_LINK_H
#define RANVIER_LINK_H

#include "ranvier/board.h"
#include "ranvier/cobs.h"
#include "ranvier/err.h"
#include "ranvier/live.h"
#include "ranvier/net.h"

#include <stdbool.h>
#include <stdint.h>

#define RV_LINK_PROTOCOL 1U

/* Longest frame either way, in bytes before COBS, checksum included: 64..65535. Costs its
 * length in RAM twice. */
#ifndef RV_LINK_MAX_FRAME
#define RV_LINK_MAX_FRAME 1024U
#endif

/* Room for the one step's samples that address events are expanded to, bytes. */
#ifndef RV_LINK_RAW_BYTES
#define RV_LINK_RAW_BYTES RV_LINK_MAX_FRAME
#endif

_Static_assert((RV_LINK_MAX_FRAME >= 64U) && (RV_LINK_MAX_FRAME <= 65535U), "see above");

typedef enum {
    RV_LINK_HELLO = 0x01,
    RV_LINK_RESET = 0x02,
    RV_LINK_STEP = 0x03,
    RV_LINK_READ_STATE = 0x04,
    RV_LINK_STATS = 0x05,
    RV_LINK_EXIT = 0x06,
    RV_LINK_START = 0x07,
    RV_LINK_SAMPLES = 0x08,
    RV_LINK_STOP = 0x09
} rv_link_command_t;

/* `command` of the answer to a frame that cannot be read, before RV_LINK_ANSWER is added. */
#define RV_LINK_UNREADABLE 0x7FU
/* `command` of what is sent unasked, while the network runs free. */
#define RV_LINK_EVENT 0x70U
#define RV_LINK_ANSWER 0x80U

#define RV_LINK_STEP_EVENTS 0x01U     /* flags: address events of one step, not dense samples */
#define RV_LINK_STEP_CLASS_ONLY 0x02U /* flags: leave the outputs out of the answer */

typedef enum {
    RV_STATUS_OK = 0,
    RV_STATUS_CORRUPT = 1,         /* bad COBS, bad checksum or too short */
    RV_STATUS_TOO_LONG = 2,        /* longer than RV_LINK_MAX_FRAME */
    RV_STATUS_UNKNOWN = 3,         /* no such command here */
    RV_STATUS_REPEATED = 4,        /* another frame with the number accepted last */
    RV_STATUS_OUT_OF_SEQUENCE = 5, /* neither the next frame nor the last one */
    RV_STATUS_NOT_READY = 6,       /* no HELLO that named this network came before */
    RV_STATUS_BAD_PAYLOAD = 7,     /* wrong length or a value out of range */
    RV_STATUS_WRONG_NETWORK = 8,   /* HELLO named another network */
    RV_STATUS_WRONG_PROTOCOL = 9,  /* HELLO speaks another version */
    RV_STATUS_UNSAFE = 10,         /* this device gives no answers; u8 why */
    RV_STATUS_RUNNING = 11,        /* not while it runs free, or samples wait for it */
    RV_STATUS_NO_SOURCE = 12       /* the board brings no samples of its own */
} rv_status_t;

/* Costs of the steps since the last reset, in ticks. */
typedef struct {
    uint32_t steps;
    uint32_t last;
    uint32_t min;
    uint32_t max;
    uint64_t sum;
} rv_link_cost_t;

/* What STATS begins with, as it is sent. */
typedef struct {
    rv_link_cost_t cost;
    uint32_t n_answered[2]; /* frames: with OK, otherwise */
} rv_link_stats_t;

/*
 * A frame starts at an offset that leaves its samples or outputs aligned, so that step() reads
 * and writes them in place. The union makes that legal for each element type.
 */
#define RV_LINK_RX_START 1U /* command, sequence, flags, then samples at 4 */
#define RV_LINK_TX_START 3U /* command, sequence, status, class (2), then outputs at 8 */

typedef union {
    uint8_t bytes[RV_LINK_RX_START + RV_COBS_MAX(RV_LINK_MAX_FRAME) + 1U]; /* one is too many */
    int16_t aligned16[RV_LINK_MAX_FRAME / 2U];
    int32_t aligned32[RV_LINK_MAX_FRAME / 4U];
} rv_link_rx_t;

typedef union {
    uint8_t bytes[RV_LINK_TX_START + RV_LINK_MAX_FRAME];
    int32_t aligned32[(RV_LINK_TX_START + RV_LINK_MAX_FRAME) / 4U];
} rv_link_tx_t;

typedef union {
    uint8_t bytes[RV_LINK_RAW_BYTES];
    int16_t aligned16[RV_LINK_RAW_BYTES / 2U];
    int32_t aligned32[RV_LINK_RAW_BYTES / 4U];
} rv_link_raw_t;

/* All the link's memory; the caller owns it, and only the link writes it. */
typedef struct {
    uint8_t sequence; /* expected in the next frame */
    uint8_t exit_code; /* where is_leaving */
    uint8_t cause; /* rv_cause_t: other than 0 it steps never */
    bool is_open; /* a HELLO was accepted: `sequence` counts */
    bool is_ready; /* the last HELLO named this network */
    bool is_leaving; /* EXIT was accepted */
    bool has_answer; /* tx holds the answer to the frame accepted last */

    const rv_net_t *net;
    void *state;
    rv_put_t put;
    void *context;

    rv_live_t live;
    uint32_t rx_length; /* encoded bytes collected so far; one more than fit where more came */
    uint32_t tx_length; /* bytes of the answer so far; once sent, with its checksum */
    uint32_t answered_checksum; /* of the request that tx answers, where has_answer */
    uint32_t tick_cost; /* ticks between two readings with nothing between */
    uint32_t raw_bytes; /* of one step's samples */
    uint32_t capacity; /* steps that `raw` holds */
    rv_link_stats_t stats;

    rv_link_rx_t rx;
    rv_link_tx_t tx;
    rv_link_raw_t
        raw; /* while it runs free, the ring of samples; otherwise all zero between frames */
} rv_link_t;

/*
 * Prepare a link and reset the network's state.
 *
 * link        [out]     left unusable where the call fails
 * net         [in]      the network; it must outlive the link
 * state       [in,out]  net->state_bytes, 8-byte aligned
 * cause       [in]      why it is to step never, or RV_CAUSE_NONE
 * put         [in]      sends one byte to the host, and gets `context`
 *
 * All else that it needs of the place it runs in is in ranvier/board.h; rv_build_hash names the build.
 *
 * Returns RV_E_ARG for a network without inputs, RV_E_SIZE for one whose description, inputs
 * or outputs do not fit RV_LINK_MAX_FRAME and RV_LINK_RAW_BYTES.
 */
RV_MUST_CHECK rv_err_t rv_link_init(rv_link_t *link, const rv_net_t *net, void *state,
                                    rv_cause_t cause, rv_put_t put, void *context);

/* Bytes of one raw sample of an rv_type_t, 0 for a type that does not exist. */
uint32_t rv_link_sample_bytes(uint8_t input_type);

/* Take one byte from the host; answers if it completes a frame. */
void rv_link_feed(rv_link_t *link, uint8_t byte);

/*
 * Run free from now on as START would, without end, from the board's source at the network's own
 * pace; nothing changes where the board cannot.
 */
void rv_link_run_free(rv_link_t *link);

/* Where live.is_paced: do what is due, if the counter has reached live.due. */
void rv_link_tick(rv_link_t *link);

#endif
