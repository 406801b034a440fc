/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what a population holds out of a network's state, without disturbing it. */
#ifndef RANVIER_PROBE_H
#define RANVIER_PROBE_H

#include "ranvier/net.h"

#include <stdbool.h>
#include <stdint.h>

#define RV_PROBE_MEMBRANE 0x00U /* values of state_bytes each */
#define RV_PROBE_SYNAPSE 0x01U  /* this one is synaptic state 0, the next 1, ... */
#define RV_PROBE_OUTPUT 0x80U   /* spikes of the last step, int16_t a neuron */

/*
 * Bytes of one value of `what`, or 0 if the population has no such thing.
 */
uint32_t rv_probe_bytes(const rv_population_t *population, uint8_t what);

/*
 * Copy `count` values from neuron `first` on, little-endian, without padding.
 *
 * what   [in]   one for which rv_probe_bytes is not 0
 * first  [in]   first + count <= population->size
 * dst    [out]  count * rv_probe_bytes(population, what) bytes; may not alias the state
 */
void rv_probe_read(const rv_population_t *population, const void *state, uint8_t what,
                   uint16_t first, uint16_t count, uint8_t *dst);

#endif
