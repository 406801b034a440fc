/* SPDX-License-Identifier: Apache-2.0 */
/* START, SAMPLES and STOP: running free, from samples that the host sends ahead or the board's own. */
#include "ranvier/link.h"
#include "rv_link_commands.h"

#include <stddef.h>

#define RV_LIVE_START_BYTES 9U /* source, period, count */
#define RV_HZ_PER_MHZ 1000000U

static uint32_t rv_live_capacity(const rv_link_t *link)
{
    return RV_LINK_RAW_BYTES / rv_link_raw_bytes(link);
}

/* The network's own period in ticks; 0 where there is none or it is too long to be told. */
static uint32_t rv_live_own_period(const rv_link_t *link)
{
    const uint32_t ticks_a_us = link->port->tick_hz / RV_HZ_PER_MHZ;
    uint32_t period = 0U;

    if ((ticks_a_us != 0U) && (link->net->step_us <= RV_LIVE_LONGEST / ticks_a_us)) {
        period = link->net->step_us * ticks_a_us;
    }
    return period;
}

static rv_status_t rv_live_begin(rv_link_t *link, uint8_t source, uint32_t asked, uint32_t count)
{
    const rv_link_port_t *port = link->port;
    const uint32_t period = (asked != 0U) ? asked : rv_live_own_period(link);
    rv_live_t *live = &link->live;
    rv_status_t status = RV_STATUS_OK;

    if (live->is_running) {
        status = RV_STATUS_RUNNING;
    } else if ((source > (uint8_t)RV_SOURCE_BOARD) || (period == 0U) ||
               (period > RV_LIVE_LONGEST)) {
        status = RV_STATUS_BAD_PAYLOAD;
    } else if ((source == (uint8_t)RV_SOURCE_BOARD) && (port->sample == NULL)) {
        status = RV_STATUS_NO_SOURCE;
    } else {
        const uint32_t first = live->first;
        const uint32_t filled = live->filled;

        *live = (rv_live_t){.period = period,
                            .count = count,
                            .first = first,
                            .filled = (source == (uint8_t)RV_SOURCE_LINK) ? filled : 0U,
                            .source = source,
                            .is_running = true,
                            .is_paced = true};
        live->due = port->ticks(port->context) + period;
        if (port->watchdog != NULL) {
            port->watchdog(port->context, RV_LIVE_PATIENCE * period);
        }
    }
    return status;
}

rv_status_t rv_link_start(rv_link_t *link, const uint8_t *payload, uint32_t length)
{
    rv_status_t status = RV_STATUS_BAD_PAYLOAD;

    if (length == RV_LIVE_START_BYTES) {
        status = rv_live_begin(link, payload[0], rv_link_get_u32(payload + 1),
                               rv_link_get_u32(payload + 5));
    }
    if (status == RV_STATUS_OK) {
        rv_link_put_u32(link, link->live.period);
    }
    return status;
}

bool rv_link_run_free(rv_link_t *link)
{
    return link->port->can_wait && (link->port->cause == 0U) &&
           (rv_live_begin(link, (uint8_t)RV_SOURCE_BOARD, 0U, 0U) == RV_STATUS_OK);
}

/* Keep as many of the steps as there is room for, the first ones. */
rv_status_t rv_link_samples(rv_link_t *link, const uint8_t *payload, uint32_t length)
{
    const uint32_t bytes = rv_link_raw_bytes(link);
    const uint32_t capacity = rv_live_capacity(link);
    rv_live_t *live = &link->live;
    const uint32_t n = length / bytes;
    uint32_t taken = 0U;

    if ((n == 0U) || (length % bytes != 0U) || (live->source != (uint8_t)RV_SOURCE_LINK)) {
        return RV_STATUS_BAD_PAYLOAD;
    }
    while ((taken < n) && (live->filled < capacity)) {
        const uint32_t slot = (live->first + live->filled) % capacity;

        for (uint32_t i = 0U; i < bytes; ++i) {
            link->raw.bytes[slot * bytes + i] = payload[taken * bytes + i];
        }
        ++live->filled;
        ++taken;
    }
    rv_link_put_u16(link, taken);
    rv_link_put_u16(link, capacity - live->filled);
    return RV_STATUS_OK;
}

void rv_link_halt(rv_link_t *link)
{
    link->live.is_running = false;
    link->live.is_paced = link->live.is_paced && (link->port->watchdog != NULL);
    link->live.source = (uint8_t)RV_SOURCE_LINK;
    link->live.first = 0U;
    link->live.filled = 0U;
    rv_link_clear_raw(link);
    if (link->port->answer != NULL) {
        link->port->answer(link->port->context, RV_NO_DECISION);
    }
}

/* Also of what has ended by itself: what it counted is kept. */
rv_status_t rv_link_stop(rv_link_t *link, const uint8_t *payload, uint32_t length)
{
    const rv_live_t *live = &link->live;

    (void)payload;
    if (length != 0U) {
        return RV_STATUS_BAD_PAYLOAD;
    }
    rv_link_halt(link);
    rv_link_put_u32(link, live->n_ticks);
    rv_link_put_u32(link, live->n_steps);
    rv_link_put_u32(link, live->n_late);
    rv_link_put_u32(link, live->n_missed);
    rv_link_put_u32(link, live->n_lost);
    rv_link_put_u32(link, live->n_sleeps);
    return RV_STATUS_OK;
}
