/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the link share: one handler a command, and the answer they write. The link's
 * format and the memory's are the same: values are copied, and what is sent together lies together.
 */
#ifndef RANVIER_LINK_COMMANDS_H
#define RANVIER_LINK_COMMANDS_H

#include "ranvier/link.h"
#include "ranvier/mem.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "a little-endian core is needed");

#define RV_LINK_HEAD_BYTES 3U /* of an answer: command, sequence, status */
#define RV_LINK_CRC_BYTES 4U

/*
 * Execute one command. All must hold before anything changes: a handler that does not return
 * RV_STATUS_OK has left the network's state, the sequence and the costs as they were; only a HELLO
 * for another network also locks the commands that need this one.
 *
 * payload  [in]  `length` bytes after the sequence number, in link->rx; as many as the table in
 *                rv_link.c says where it says
 *
 * The answer's payload is appended with the calls below.
 */
typedef rv_status_t (*rv_link_handler_t)(rv_link_t *link, const uint8_t *payload, uint32_t length);

rv_status_t rv_link_hello(rv_link_t *link, const uint8_t *payload, uint32_t length);
rv_status_t rv_link_reset(rv_link_t *link, const uint8_t *payload, uint32_t length);
rv_status_t rv_link_step(rv_link_t *link, const uint8_t *payload, uint32_t length);
rv_status_t rv_link_read_state(rv_link_t *link, const uint8_t *payload, uint32_t length);
rv_status_t rv_link_stats(rv_link_t *link, const uint8_t *payload, uint32_t length);
rv_status_t rv_link_exit(rv_link_t *link, const uint8_t *payload, uint32_t length);

rv_status_t rv_link_start(rv_link_t *link, const uint8_t *payload, uint32_t length);
rv_status_t rv_link_samples(rv_link_t *link, const uint8_t *payload, uint32_t length);
rv_status_t rv_link_stop(rv_link_t *link, const uint8_t *payload, uint32_t length);

/* Run one step, guarded and timed; `raw` holds its samples, naturally aligned. Returns the class. */
uint16_t rv_link_one_step(rv_link_t *link, const void *raw);

/* A place in the ring of samples, less than once around beyond its end. */
static inline uint32_t rv_live_slot(const rv_link_t *link, uint32_t at)
{
    return (at >= link->capacity) ? (at - link->capacity) : at;
}

/* End running free, and forget the samples that were not used. */
void rv_link_halt(rv_link_t *link);

/* The longest payload of a frame that the answer's buffer has no part in. */
#define RV_LINK_ASIDE_BYTES 11U

/* Send a frame without touching the answer, which may be asked for again. */
void rv_link_send_aside(const rv_link_t *link, uint32_t head, const void *payload, uint32_t length);

/* The head of such a frame. */
static inline uint32_t rv_link_head(uint32_t command, uint32_t sequence, rv_status_t status)
{
    return command | RV_LINK_ANSWER | (sequence << 8) | ((uint32_t)status << 16);
}

/* Append the answer to HELLO. */
void rv_link_describe(rv_link_t *link);

/* Append to the answer, little-endian; what does not fit is only counted. */
void rv_link_put_u16(rv_link_t *link, uint32_t value);
void rv_link_put_u32(rv_link_t *link, uint32_t value);
void rv_link_put_bytes(rv_link_t *link, const void *bytes, uint32_t length);

/* Where the next byte of the answer goes, and how many bytes still fit before the checksum. */
uint8_t *rv_link_tail(rv_link_t *link);
uint32_t rv_link_room(const rv_link_t *link);

/* Forget all raw samples. */
static inline void rv_link_clear_raw(rv_link_t *link)
{
    RV_CLEAR(&link->raw, sizeof link->raw);
}

static inline uint32_t rv_link_get_u16(const uint8_t *from)
{
    uint16_t value;

    RV_COPY(&value, from, sizeof value);
    return value;
}

static inline uint32_t rv_link_get_u32(const uint8_t *from)
{
    uint32_t value;

    RV_COPY(&value, from, sizeof value);
    return value;
}

#endif
