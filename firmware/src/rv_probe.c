/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/probe.h"

#include <stddef.h>

/* Wire format and memory format are the same: only little-endian cores are supported. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "a little-endian core is needed");

static uint32_t rv_probe_u16(const uint8_t *from)
{
    return (uint32_t)from[0] | ((uint32_t)from[1] << 8);
}

static void rv_probe_copy(uint8_t *dst, const uint8_t *src, uint32_t length)
{
    for (uint32_t i = 0U; i < length; ++i) {
        dst[i] = src[i];
    }
}

/* Turn the address events in [first, first + count) into counts. */
static void rv_probe_events(const uint8_t *events, uint32_t first, uint32_t count, uint8_t *dst)
{
    const uint32_t n = rv_probe_u16(events);
    const uint8_t *index = events + offsetof(rv_events_t, index);

    for (uint32_t i = 0U; i < 2U * count; ++i) {
        dst[i] = 0U;
    }
    for (uint32_t i = 0U; i < n; ++i) {
        const uint32_t address = rv_probe_u16(index + 2U * i);

        if ((address >= first) && (address - first < count)) {
            dst[2U * (address - first)] = 1U; /* a neuron is listed once */
        }
    }
}

uint32_t rv_probe_bytes(const rv_population_t *population, uint8_t what)
{
    uint32_t bytes = population->state_bytes;

    if (what == RV_PROBE_OUTPUT) {
        bytes = sizeof(int16_t);
    } else if (what > population->n_synapses) {
        bytes = 0U;
    } else {
        /* a membrane or a synaptic state */
    }
    return bytes;
}

void rv_probe_read(const rv_population_t *population, const void *state, uint8_t what,
                   uint16_t first, uint16_t count, uint8_t *dst)
{
    const uint8_t *base = state;
    const uint32_t bytes = rv_probe_bytes(population, what);
    const uint32_t length = count * bytes;
    uint32_t offset = first * bytes;

    if ((what == RV_PROBE_OUTPUT) && (population->out == (uint8_t)RV_OUT_EVENTS)) {
        rv_probe_events(base + population->out_offset, first, count, dst);
    } else if ((what == RV_PROBE_OUTPUT) && (population->out == (uint8_t)RV_OUT_NONE)) {
        for (uint32_t i = 0U; i < length; ++i) {
            dst[i] = 0U;
        }
    } else {
        if (what == RV_PROBE_OUTPUT) {
            offset += population->out_offset;
        } else if (what == RV_PROBE_MEMBRANE) {
            offset += population->v_offset;
        } else {
            offset += population->syn_offset +
                      ((uint32_t)what - RV_PROBE_SYNAPSE) * population->size * bytes;
        }
        rv_probe_copy(dst, base + offset, length);
    }
}
