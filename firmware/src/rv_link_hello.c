/* SPDX-License-Identifier: Apache-2.0 */
/* HELLO: which network this is, what it looks like, and whether the host meant it. */
#include "ranvier/image.h"
#include "rv_link_commands.h"

#define RV_LINK_REQUEST_BYTES (2U + RV_SIGNATURE_BYTES)

void rv_link_describe(rv_link_t *link)
{
    const rv_net_t *net = link->net;

    rv_link_put_u16(link, RV_LINK_PROTOCOL);
    rv_link_put_bytes(link, net->signature, RV_SIGNATURE_BYTES);
    rv_link_put_bytes(link, rv_build_hash, RV_SIGNATURE_BYTES);
    rv_link_put_bytes(link, net->description, RV_NET_SIZES_BYTES);
    rv_link_put_u16(link, RV_LINK_MAX_FRAME);
    rv_link_put_u32(link, rv_board_tick_hz());
    rv_link_put_bytes(link, net->description + RV_NET_SIZES_BYTES,
                      net->description_bytes - RV_NET_SIZES_BYTES);
}

rv_status_t rv_link_hello(rv_link_t *link, const uint8_t *payload, uint32_t length)
{
    const uint8_t *expected = payload + 2;
    uint32_t asked = 0U; /* stays zero where the host only wants to know */
    uint32_t differs = 0U;

    if (length < 2U) {
        return RV_STATUS_BAD_PAYLOAD;
    }
    if (rv_link_get_u16(payload) != RV_LINK_PROTOCOL) {
        rv_link_put_u16(link, RV_LINK_PROTOCOL);
        return RV_STATUS_WRONG_PROTOCOL;
    }
    if (length != RV_LINK_REQUEST_BYTES) {
        return RV_STATUS_BAD_PAYLOAD;
    }
    for (uint32_t i = 0U; i < RV_SIGNATURE_BYTES; ++i) {
        asked |= expected[i];
        differs |= (uint32_t)expected[i] ^ link->net->signature[i];
    }
    link->is_ready = (differs == 0U);
    rv_link_describe(link); /* rv_link_init saw that it fits */
    return (link->is_ready || (asked == 0U)) ? RV_STATUS_OK : RV_STATUS_WRONG_NETWORK;
}
