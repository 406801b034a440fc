/* SPDX-License-Identifier: Apache-2.0 */
/* READ_STATE, STATS and EXIT: the commands that leave the network alone. */
#include "ranvier/probe.h"
#include "rv_link_commands.h"

_Static_assert(sizeof(rv_link_stats_t) == 32U, "as it is sent");

/* The payload: population (2), what, first (2), count (2). */
rv_status_t rv_link_read_state(rv_link_t *link, const uint8_t *payload, uint32_t length)
{
    const rv_population_t *population;
    uint32_t first;
    uint32_t count;
    uint32_t bytes;

    (void)length;
    if (rv_link_get_u16(payload) >= link->net->n_populations) {
        return RV_STATUS_BAD_PAYLOAD;
    }
    population = &link->net->populations[rv_link_get_u16(payload)];
    first = rv_link_get_u16(payload + 3);
    count = rv_link_get_u16(payload + 5);
    bytes = rv_probe_bytes(population, payload[2]);
    if ((bytes == 0U) || (first + count > population->size) ||
        (count * bytes > rv_link_room(link))) {
        return RV_STATUS_BAD_PAYLOAD;
    }
    rv_probe_read(population, link->state, payload[2], (uint16_t)first, (uint16_t)count,
                  rv_link_tail(link));
    link->tx_length += count * bytes;
    return RV_STATUS_OK;
}

rv_status_t rv_link_stats(rv_link_t *link, const uint8_t *payload, uint32_t length)
{
    (void)payload;
    (void)length;
    rv_link_put_bytes(link, &link->stats, sizeof link->stats);
    rv_link_put_u32(link, rv_board_stack_used());
    rv_link_put_u32(link, rv_board_stack_size());
    return RV_STATUS_OK;
}

rv_status_t rv_link_exit(rv_link_t *link, const uint8_t *payload, uint32_t length)
{
    (void)length;
    link->exit_code = payload[0];
    link->is_leaving = true;
    return RV_STATUS_OK;
}
