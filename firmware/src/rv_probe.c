/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/probe.h"

#include "ranvier/mem.h"

#include <stddef.h>

/* Wire format and memory format are the same: only little-endian cores are supported. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "a little-endian core is needed");

/* Turn the address events in [first, first + count) into counts. */
static void rv_probe_events(const uint8_t *events, uint32_t first, uint32_t count, uint8_t *dst)
{
    uint16_t n;

    RV_COPY(&n, events, sizeof n);
    for (uint32_t i = 1U; i <= n; ++i) {
        uint16_t address;

        RV_COPY(&address, events + sizeof(uint16_t) * i, sizeof address);
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
    const uint8_t *from = state;
    const uint32_t bytes = rv_probe_bytes(population, what);

    if (what == RV_PROBE_OUTPUT) {
        from += population->out_offset;
    } else if (what == RV_PROBE_MEMBRANE) {
        from += population->v_offset;
    } else {
        from +=
            population->syn_offset + ((uint32_t)what - RV_PROBE_SYNAPSE) * population->size * bytes;
    }
    if ((what != RV_PROBE_OUTPUT) || (population->out == (uint8_t)RV_OUT_COUNTS)) {
        RV_COPY(dst, from + first * bytes, count * bytes);
    } else {
        RV_CLEAR(dst, count * bytes);
        if (population->out == (uint8_t)RV_OUT_EVENTS) {
            rv_probe_events(from, first, count, dst);
        }
    }
}
