/* SPDX-License-Identifier: Apache-2.0 */
/* The answer under construction: little-endian values appended to the link's transmit buffer. */
#include "rv_link_commands.h"

uint8_t *rv_link_tail(rv_link_t *link)
{
    return &link->tx.bytes[RV_LINK_TX_START + link->tx_length];
}

uint32_t rv_link_room(const rv_link_t *link)
{
    return RV_LINK_MAX_FRAME - RV_LINK_CRC_BYTES - link->tx_length;
}

void rv_link_put_u8(rv_link_t *link, uint32_t value)
{
    *rv_link_tail(link) = (uint8_t)(value & 0xFFU);
    link->tx_length += 1U;
}

void rv_link_put_u16(rv_link_t *link, uint32_t value)
{
    rv_link_put_u8(link, value);
    rv_link_put_u8(link, value >> 8);
}

void rv_link_put_u32(rv_link_t *link, uint32_t value)
{
    rv_link_put_u16(link, value);
    rv_link_put_u16(link, value >> 16);
}

void rv_link_put_bytes(rv_link_t *link, const uint8_t *bytes, uint32_t length)
{
    for (uint32_t i = 0U; i < length; ++i) {
        rv_link_put_u8(link, bytes[i]);
    }
}
