/* SPDX-License-Identifier: Apache-2.0 */
/* A tick of a network that runs free: sample, step, answer. */
#include "ranvier/link.h"
#include "rv_link_commands.h"

#include <stddef.h>

#define RV_LIVE_PAST 0x80000000U /* differences of the counter below it: that long ago */
#define RV_LIVE_EVENT_BYTES 11U  /* tick, step, class, flags */

/* The next step's samples, or NULL where they are missing. */
static const void *rv_live_sample(rv_link_t *link)
{
    const uint32_t bytes = rv_link_raw_bytes(link);
    rv_live_t *live = &link->live;
    const uint8_t *raw = NULL;

    if (live->source == (uint8_t)RV_SOURCE_BOARD) {
        if (link->port->sample(link->port->context, link->raw.bytes, bytes)) {
            raw = link->raw.bytes;
        }
    } else if (live->filled != 0U) {
        raw = &link->raw.bytes[live->first * bytes];
        live->first = (live->first + 1U) % (RV_LINK_RAW_BYTES / bytes);
        --live->filled;
    } else {
        /* the host is behind */
    }
    return raw;
}

static void rv_live_put_u32(uint8_t *to, uint32_t value)
{
    for (uint32_t i = 0U; i < 4U; ++i) {
        to[i] = (uint8_t)((value >> (8U * i)) & 0xFFU);
    }
}

/* Send what was decided. The answer that the host may ask for again is left alone. */
static void rv_live_tell(const rv_link_t *link, uint16_t decoded, uint8_t flags)
{
    uint8_t frame[RV_LINK_HEAD_BYTES + RV_LIVE_EVENT_BYTES + RV_LINK_CRC_BYTES] = {
        (uint8_t)(RV_LINK_EVENT | RV_LINK_ANSWER), 0U, (uint8_t)RV_STATUS_OK};
    uint8_t *payload = &frame[RV_LINK_HEAD_BYTES];

    rv_live_put_u32(payload, link->live.n_ticks);
    rv_live_put_u32(payload + 4, link->live.n_steps);
    payload[8] = (uint8_t)(decoded & 0xFFU);
    payload[9] = (uint8_t)((uint32_t)decoded >> 8);
    payload[10] = flags;
    rv_link_send_frame(link, frame, RV_LINK_HEAD_BYTES + RV_LIVE_EVENT_BYTES);
}

static bool rv_live_is_due(const rv_link_t *link)
{
    return link->port->ticks(link->port->context) - link->live.due < RV_LIVE_PAST;
}

/* One tick, before which `lost` others went by. */
static void rv_live_run(rv_link_t *link, uint32_t lost)
{
    rv_live_t *live = &link->live;
    const void *raw = rv_live_sample(link);
    uint32_t flags = (lost != 0U) ? RV_LIVE_LOST : 0U;
    uint16_t decoded = RV_NO_DECISION;

    live->n_ticks += lost + 1U;
    live->n_lost += lost;
    if (raw != NULL) {
        decoded = rv_link_one_step(link, raw);
        ++live->n_steps;
    } else {
        flags |= RV_LIVE_MISSED;
        ++live->n_missed;
    }
    if (link->port->answer != NULL) {
        link->port->answer(link->port->context, decoded);
    }
    if (rv_live_is_due(link)) {
        flags |= RV_LIVE_LATE;
        ++live->n_late;
    }
    if ((live->count != 0U) && (live->n_ticks >= live->count)) {
        flags |= RV_LIVE_LAST;
        rv_link_halt(link);
    }
    rv_live_tell(link, decoded, (uint8_t)flags);
}

void rv_link_tick(rv_link_t *link)
{
    const rv_link_port_t *port = link->port;
    rv_live_t *live = &link->live;

    if (live->is_paced && rv_live_is_due(link)) {
        const uint32_t lost = (port->ticks(port->context) - live->due) / live->period;

        live->due += (lost + 1U) * live->period;
        if (live->is_running) {
            rv_live_run(link, lost);
        }
        if (port->watchdog != NULL) {
            port->watchdog(port->context, 0U);
        }
    }
}
