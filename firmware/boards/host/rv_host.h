/* SPDX-License-Identifier: Apache-2.0 */
/* The compiled network as a shared library: the same link, and a bulk runner. */
#ifndef RANVIER_HOST_H
#define RANVIER_HOST_H

#include "ranvier/err.h"

#include <stdint.h>

#define RV_HOST_API __attribute__((visibility("default")))

/* Where to record what each population holds after each step; any pointer may be NULL. */
typedef struct {
    int32_t *v;      /* membranes,       samples x steps x size */
    int32_t *syn;    /* synaptic states, samples x steps x n_synapses x size */
    int16_t *counts; /* spikes,          samples x steps x size */
} rv_host_trace_t;

/* Bytes of the network's state; every `state` below has them, 8-byte aligned. */
RV_HOST_API uint32_t rv_host_state_bytes(void);

/* Bytes of a link. */
RV_HOST_API uint32_t rv_host_link_bytes(void);

/* Room for the longest answer, bytes: what `reply` must at least hold below. */
RV_HOST_API uint32_t rv_host_reply_bytes(void);

/*
 * Prepare a link in `link`, rv_host_link_bytes() of memory, 8-byte aligned. There is nothing to
 * free. Returns what rv_link_init does.
 */
RV_HOST_API RV_MUST_CHECK rv_err_t rv_host_link_init(void *link, void *state);

/*
 * Feed request bytes until all are taken or the next answer might not fit `reply`.
 *
 * taken  [out]  request bytes consumed
 *
 * Returns the number of answer bytes.
 */
RV_HOST_API uint32_t rv_host_link_feed(void *link, const uint8_t *request, uint32_t length,
                                       uint8_t *reply, uint32_t capacity, uint32_t *taken);

/*
 * Run whole samples, each from a reset state.
 *
 * raw      [in]   samples x steps x n_inputs of the input type, naturally aligned
 * out      [out]  samples x steps x n_outputs, or NULL
 * decoded  [out]  samples x steps, class after each step, or NULL
 * trace    [out]  one entry a population, or NULL
 */
RV_HOST_API void rv_host_run(void *state, uint32_t n_samples, uint32_t n_steps, const void *raw,
                             int32_t *out, uint16_t *decoded, const rv_host_trace_t *trace);

#endif
