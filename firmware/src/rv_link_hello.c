/* SPDX-License-Identifier: Apache-2.0 */
/* HELLO: which network this is, what it looks like, and whether the host meant it. */
#include "rv_link_commands.h"

#define RV_LINK_NAME_MAX 31U
#define RV_LINK_REQUEST_BYTES (2U + RV_SIGNATURE_BYTES)
/* protocol, signature, build, inputs, type, outputs, populations, frame, tick rate */
#define RV_LINK_FIXED_BYTES (2U + 2U * RV_SIGNATURE_BYTES + 2U + 1U + 2U + 2U + 2U + 4U)
#define RV_LINK_POPULATION_BYTES 5U /* and the name */

static uint32_t rv_link_name_length(const char *name)
{
    uint32_t length = 0U;

    while ((length < RV_LINK_NAME_MAX) && (name[length] != '\0')) {
        ++length;
    }
    return length;
}

static void rv_link_put_name(rv_link_t *link, const char *name)
{
    const uint32_t length = rv_link_name_length(name);

    rv_link_put_u8(link, length);
    rv_link_put_bytes(link, (const uint8_t *)name, length);
}

uint32_t rv_link_hello_bytes(const rv_net_t *net)
{
    uint32_t bytes = RV_LINK_FIXED_BYTES + 1U + rv_link_name_length(net->name);

    for (uint32_t i = 0U; i < net->n_populations; ++i) {
        bytes += RV_LINK_POPULATION_BYTES + 1U + rv_link_name_length(net->populations[i].name);
    }
    return bytes;
}

static void rv_link_describe(rv_link_t *link)
{
    const rv_net_t *net = link->net;

    rv_link_put_u16(link, RV_LINK_PROTOCOL);
    rv_link_put_bytes(link, net->signature, RV_SIGNATURE_BYTES);
    rv_link_put_bytes(link, link->build_hash, RV_SIGNATURE_BYTES);
    rv_link_put_u16(link, net->n_inputs);
    rv_link_put_u8(link, net->input_type);
    rv_link_put_u16(link, net->n_outputs);
    rv_link_put_u16(link, net->n_populations);
    rv_link_put_u16(link, RV_LINK_MAX_FRAME);
    rv_link_put_u32(link, link->port->tick_hz);
    rv_link_put_name(link, net->name);
    for (uint32_t i = 0U; i < net->n_populations; ++i) {
        const rv_population_t *population = &net->populations[i];

        rv_link_put_u16(link, population->size);
        rv_link_put_u8(link, population->n_synapses);
        rv_link_put_u8(link, population->state_bytes);
        rv_link_put_u8(link, population->out);
        rv_link_put_name(link, population->name);
    }
}

rv_status_t rv_link_hello(rv_link_t *link, const uint8_t *payload, uint32_t length)
{
    const uint8_t *expected = payload + 2;
    bool is_question = true; /* all zero: the host only wants to know */
    bool is_match = true;

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
        is_question = is_question && (expected[i] == 0U);
        is_match = is_match && (expected[i] == link->net->signature[i]);
    }
    link->is_ready = is_match;
    rv_link_describe(link);
    return (is_match || is_question) ? RV_STATUS_OK : RV_STATUS_WRONG_NETWORK;
}
