/* SPDX-License-Identifier: Apache-2.0 */
/* A tick of a network that runs free: sample, step, answer. */
#include "ranvier/link.h"
#include "rv_link_commands.h"

#include <stddef.h>

#define RV_LIVE_PAST 0x80000000U /* differences of the counter below it: that long ago */
#define RV_LIVE_EVENT_BYTES RV_LINK_ASIDE_BYTES

/* As it is sent, but for what pads it at the end. */
typedef struct {
    uint32_t tick;
    uint32_t step;
    uint16_t decoded;
    uint8_t flags;
} rv_live_event_t;

_Static_assert(offsetof(rv_live_event_t, flags) == RV_LIVE_EVENT_BYTES - 1U,
               "nothing lies between");

/* The next step's samples, or NULL where they are missing. */
static const void *rv_live_sample(rv_link_t *link)
{
    const uint32_t bytes = link->raw_bytes;
    rv_live_t *live = &link->live;
    const uint8_t *raw = NULL;

    if (live->source == (uint8_t)RV_SOURCE_BOARD) {
        if (rv_board_sample(link->raw.bytes, bytes)) {
            raw = link->raw.bytes;
        }
    } else if (live->filled != 0U) {
        raw = &link->raw.bytes[live->first * bytes];
        live->first = rv_live_slot(link, live->first + 1U);
        --live->filled;
    } else {
        /* the host is behind */
    }
    return raw;
}

/* Send what was decided. */
static void rv_live_tell(const rv_link_t *link, uint16_t decoded, uint8_t flags)
{
    const rv_live_event_t event = {link->live.counts.n_ticks, link->live.counts.n_steps, decoded,
                                   flags};

    rv_link_send_aside(link, rv_link_head(RV_LINK_EVENT, 0U, RV_STATUS_OK), &event,
                       RV_LIVE_EVENT_BYTES);
}

/* One tick, before which `lost` others went by. */
static void rv_live_run(rv_link_t *link, uint32_t lost)
{
    rv_live_t *live = &link->live;
    const void *raw = rv_live_sample(link);
    uint32_t flags = (lost != 0U) ? RV_LIVE_LOST : 0U;
    uint16_t decoded = RV_NO_DECISION;

    live->counts.n_ticks += lost + 1U;
    live->counts.n_lost += lost;
    if (raw != NULL) {
        decoded = rv_link_one_step(link, raw);
        ++live->counts.n_steps;
    } else {
        flags |= RV_LIVE_MISSED;
        ++live->counts.n_missed;
    }
    rv_board_answer(decoded);
    if (rv_board_ticks() - live->due < RV_LIVE_PAST) {
        flags |= RV_LIVE_LATE;
        ++live->counts.n_late;
    }
    if ((live->count != 0U) && (live->counts.n_ticks >= live->count)) {
        flags |= RV_LIVE_LAST;
        rv_link_halt(link);
    }
    rv_live_tell(link, decoded, (uint8_t)flags);
}

void rv_link_tick(rv_link_t *link)
{
    rv_live_t *live = &link->live;
    const uint32_t ago = rv_board_ticks() - live->due;

    if (live->is_paced && (ago < RV_LIVE_PAST)) {
        const uint32_t lost = ago / live->period;

        live->due += (lost + 1U) * live->period;
        if (live->is_running) {
            rv_live_run(link, lost);
        }
        rv_board_watchdog_kick();
    }
}
