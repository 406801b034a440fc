/* SPDX-License-Identifier: Apache-2.0 */
/* The answer under construction: values appended to the link's transmit buffer. */
#include "rv_link_commands.h"

uint8_t *rv_link_tail(rv_link_t *link)
{
    return &link->tx.bytes[RV_LINK_TX_START + link->tx_length];
}

uint32_t rv_link_room(const rv_link_t *link)
{
    return RV_LINK_MAX_FRAME - RV_LINK_CRC_BYTES - link->tx_length;
}

void rv_link_put_bytes(rv_link_t *link, const void *bytes, uint32_t length)
{
    if (link->tx_length + length <= RV_LINK_MAX_FRAME - RV_LINK_CRC_BYTES) {
        RV_COPY(rv_link_tail(link), bytes, length);
    }
    link->tx_length += length;
}

void rv_link_put_u16(rv_link_t *link, uint32_t value)
{
    rv_link_put_bytes(link, &value, 2U);
}

void rv_link_put_u32(rv_link_t *link, uint32_t value)
{
    rv_link_put_bytes(link, &value, 4U);
}
