/* SPDX-License-Identifier: Apache-2.0 */
/* START, SAMPLES and STOP: running free, from samples that the host sends ahead or the board's own. */
#include "ranvier/link.h"
#include "rv_link_commands.h"

#include <stddef.h>

_Static_assert(sizeof(rv_live_counts_t) == 24U, "as it is sent");

#define RV_HZ_PER_MHZ 1000000U

/* The network's own period in ticks; 0 where there is none or it is too long to be told. */
static uint32_t rv_live_own_period(const rv_link_t *link)
{
    const uint64_t period = (uint64_t)link->net->step_us * (rv_board_tick_hz() / RV_HZ_PER_MHZ);

    return (period <= RV_LIVE_LONGEST) ? (uint32_t)period : 0U;
}

static rv_status_t rv_live_begin(rv_link_t *link, uint8_t source, uint32_t asked, uint32_t count)
{
    const uint32_t period = (asked != 0U) ? asked : rv_live_own_period(link);
    rv_live_t *live = &link->live;
    rv_status_t status = RV_STATUS_OK;

    if (live->is_running) {
        status = RV_STATUS_RUNNING;
    } else if ((source > (uint8_t)RV_SOURCE_BOARD) || (period == 0U) ||
               (period > RV_LIVE_LONGEST)) {
        status = RV_STATUS_BAD_PAYLOAD;
    } else if ((source == (uint8_t)RV_SOURCE_BOARD) && !rv_board_has_source()) {
        status = RV_STATUS_NO_SOURCE;
    } else {
        RV_CLEAR(&live->counts, sizeof live->counts);
        live->period = period;
        live->count = count;
        live->filled = (source == (uint8_t)RV_SOURCE_LINK) ? live->filled : 0U;
        live->source = source;
        live->is_running = true;
        live->is_paced = true;
        live->due = rv_board_ticks() + period;
        rv_board_watchdog_start(RV_LIVE_PATIENCE * period);
    }
    return status;
}

rv_status_t rv_link_start(rv_link_t *link, const uint8_t *payload, uint32_t length)
{
    const rv_status_t status =
        rv_live_begin(link, payload[0], rv_link_get_u32(payload + 1), rv_link_get_u32(payload + 5));

    (void)length;
    if (status == RV_STATUS_OK) {
        rv_link_put_u32(link, link->live.period);
    }
    return status;
}

void rv_link_run_free(rv_link_t *link)
{
    if (rv_board_can_wait() && (link->cause == 0U)) {
        (void)rv_live_begin(link, (uint8_t)RV_SOURCE_BOARD, 0U, 0U);
    }
}

/* Keep as many of the steps as there is room for, the first ones. */
rv_status_t rv_link_samples(rv_link_t *link, const uint8_t *payload, uint32_t length)
{
    const uint32_t bytes = link->raw_bytes;
    rv_live_t *live = &link->live;
    const uint32_t already = live->filled;

    if ((length == 0U) || (length % bytes != 0U) || (live->source != (uint8_t)RV_SOURCE_LINK)) {
        return RV_STATUS_BAD_PAYLOAD;
    }
    for (uint32_t at = 0U; (at != length) && (live->filled != link->capacity); at += bytes) {
        const uint32_t slot = rv_live_slot(link, live->first + live->filled);

        RV_COPY(&link->raw.bytes[slot * bytes], &payload[at], bytes);
        ++live->filled;
    }
    rv_link_put_u16(link, live->filled - already);
    rv_link_put_u16(link, link->capacity - live->filled);
    return RV_STATUS_OK;
}

void rv_link_halt(rv_link_t *link)
{
    link->live.is_running = false;
    link->live.is_paced = link->live.is_paced && rv_board_has_watchdog();
    link->live.source = (uint8_t)RV_SOURCE_LINK;
    link->live.first = 0U;
    link->live.filled = 0U;
    rv_link_clear_raw(link);
    rv_board_answer(RV_NO_DECISION);
}

/* Also of what has ended by itself: what it counted is kept. */
rv_status_t rv_link_stop(rv_link_t *link, const uint8_t *payload, uint32_t length)
{
    (void)payload;
    (void)length;
    rv_link_halt(link);
    rv_link_put_bytes(link, &link->live.counts, sizeof link->live.counts);
    return RV_STATUS_OK;
}
