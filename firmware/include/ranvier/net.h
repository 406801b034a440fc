/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the link, the boards and the host library know of a compiled network: one constant
 * descriptor in flash. The network's state belongs to the caller; every offset below counts
 * bytes from the start of that state.
 */
#ifndef RANVIER_NET_H
#define RANVIER_NET_H

#include <stdint.h>

#define RV_SIGNATURE_BYTES 32U

/* Element type of a raw sample, as sent over the link: little-endian, no padding. */
typedef enum {
    RV_TYPE_U8 = 0,
    RV_TYPE_I8 = 1,
    RV_TYPE_U16 = 2,
    RV_TYPE_I16 = 3,
    RV_TYPE_I32 = 4
} rv_type_t;

/* How a population hands its output to the next one. */
typedef enum {
    RV_OUT_NONE = 0,   /* a readout: it never fires */
    RV_OUT_EVENTS = 1, /* rv_events_t header, then that many uint16_t addresses, ascending */
    RV_OUT_COUNTS = 2  /* int16_t spike counts, one per neuron */
} rv_out_t;

/* Addresses of the neurons that fired this step; the addresses follow the header in memory. */
typedef struct {
    uint16_t n;       /* how many are valid */
    uint16_t index[]; /* ascending, each below the population's size */
} rv_events_t;

/* What HELLO says of the network, as it is sent (docs/link-protocol.md): first the sizes. */
#define RV_NET_SIZES_BYTES 7U
#define RV_NET_U16(x) ((x) & 0xFFU), ((x) >> 8)

typedef struct {
    uint16_t size;          /* neurons */
    uint8_t n_synapses;     /* synaptic states per neuron, 0 where input drives the membrane */
    uint8_t state_bytes;    /* 2 or 4: one membrane or synaptic value */
    uint8_t out;            /* rv_out_t */
    uint32_t v_offset;      /* membranes, `size` values */
    uint32_t syn_offset;    /* synaptic states, n_synapses blocks of `size` values */
    uint32_t out_offset;    /* this step's output, laid out as `out` says */
} rv_population_t;

typedef struct {
    const uint8_t *signature;           /* SHA-256 of the .rvn file, RV_SIGNATURE_BYTES */
    const uint8_t *description;         /* sizes (RV_NET_SIZES_BYTES), names, populations */
    uint16_t description_bytes;
    uint16_t n_inputs;                  /* raw samples one step consumes: channels x window */
    uint8_t input_type;                 /* rv_type_t */
    uint32_t step_us;                   /* dt, rounded; 0 where it does not fit */
    uint16_t n_outputs;
    uint16_t n_populations;
    const rv_population_t *populations;
    uint32_t state_bytes;               /* sizeof the network's state, a multiple of 8 */
    /* Where the state holds what the last step put out: n_outputs int32_t, readout membranes or
     * spike counts. */
    uint32_t out_offset;
    void (*reset)(void *state); /* state at step 0; the state is 8-byte aligned */
    /*
     * One time step. `raw` holds n_inputs samples of input_type, naturally aligned.
     * Returns the class decoded so far (argmax over the steps since reset; lowest index wins).
     */
    uint16_t (*step)(void *state, const void *raw);
} rv_net_t;

/* What the last step put out. */
static inline const int32_t *rv_net_out(const rv_net_t *net, const void *state)
{
    return (const int32_t *)(const void *)((const uint8_t *)state + net->out_offset);
}

#endif
