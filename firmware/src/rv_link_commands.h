/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the link share: one handler a command, and the answer they write. */
#ifndef RANVIER_LINK_COMMANDS_H
#define RANVIER_LINK_COMMANDS_H

#include "ranvier/link.h"

#define RV_LINK_HEAD_BYTES 3U /* of an answer: command, sequence, status */
#define RV_LINK_CRC_BYTES 4U

/*
 * Execute one command. All must hold before anything changes: a handler that does not return
 * RV_STATUS_OK has left the network's state, the sequence and the costs as they were; only a HELLO
 * for another network also locks the commands that need this one.
 *
 * payload  [in]  `length` bytes after the sequence number, in link->rx
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

/* Bytes of one step's samples. */
uint32_t rv_link_raw_bytes(const rv_link_t *link);

/* End running free, and forget the samples that were not used. */
void rv_link_halt(rv_link_t *link);

/* Append the checksum to `length` bytes, for which there is room, and send them. */
void rv_link_send_frame(const rv_link_t *link, uint8_t *frame, uint32_t length);

/* Bytes of the answer to HELLO after its head, without the checksum. */
uint32_t rv_link_hello_bytes(const rv_net_t *net);

/* Append to the answer, little-endian. The caller has made sure that it fits. */
void rv_link_put_u8(rv_link_t *link, uint32_t value);
void rv_link_put_u16(rv_link_t *link, uint32_t value);
void rv_link_put_u32(rv_link_t *link, uint32_t value);
void rv_link_put_bytes(rv_link_t *link, const uint8_t *bytes, uint32_t length);

/* Where the next byte of the answer goes, and how many bytes still fit before the checksum. */
uint8_t *rv_link_tail(rv_link_t *link);
uint32_t rv_link_room(const rv_link_t *link);

/* Forget all raw samples. */
static inline void rv_link_clear_raw(rv_link_t *link)
{
    for (uint32_t i = 0U; i < sizeof link->raw; ++i) {
        link->raw.bytes[i] = 0U;
    }
}

static inline uint32_t rv_link_get_u16(const uint8_t *from)
{
    return (uint32_t)from[0] | ((uint32_t)from[1] << 8);
}

static inline uint32_t rv_link_get_u32(const uint8_t *from)
{
    return rv_link_get_u16(from) | (rv_link_get_u16(from + 2) << 16);
}

#endif
