# SPDX-License-Identifier: Apache-2.0
"""SpiNNaker's numerics: the leaky neurons of sPyNNaker in s16.15, through 16-bit ring buffers.

Excitatory and inhibitory weights, each positive, are added up apart. With products floored, a step
of IF_curr_exp is, for each of the two,

    E = E + ((ring << shift) * init >> 32)
    a = E_exc - E_inh + offset,   V = a - ((c * (a - V)) >> 15),   V >= threshold: V = reset
    E = E * decay >> 32

and IF_curr_delta the same with E = ring << shift, gone after the step. That is the kernel of
sPyNNaker 7.4.1 (neuron_model_lif_impl, synapse_types_exponential_impl), which was run in an
emulator beside this for docs/numerics.md. The membrane's resistance is 1 (so cm = tau_m) and its
rest 0: weights carry both. With tau in steps, init = tau * (1 - exp(-1 / tau)) and decay =
exp(-1 / tau); decay is a multiple of 2**16, which 16 bits hold.
"""

import math
from dataclasses import replace

import numpy as np

from ranvier import bounds, connections
from ranvier.discrete import Difference, difference
from ranvier.errors import RanvierError
from ranvier.ir import Decay, IntArray, Network, Population, Projection, SynapticState
from ranvier.model import Model
from ranvier.nodes import Neurons
from ranvier.quantize.numerics.numerics import (
    Arithmetic,
    Numerics,
    accept_chip,
    nearest_tau,
    refused,
)
from ranvier.quantize.parameter import parameter

RING_BITS = 16
_RING = 2**RING_BITS - 1
_MEMBRANE = 15  # fraction bits of c
_CURRENT = 16  # of decay, which the chip holds with 32
_INIT = 32
_MOST_SHIFT = 13  # a full ring times init stays below 2**62


def _arithmetic(layer: Neurons, d: Difference, decay_bits: int) -> Arithmetic:
    factor = nearest_tau(d.alpha, 2**_MEMBRANE, 2**_MEMBRANE - 1)
    scale = 1 / (1 - factor * 2.0**-_MEMBRANE)
    synapse, drive, most = _delta(), np.ones(layer.size), 1.0
    if d.alpha_syn is not None:
        kept = np.maximum(nearest_tau(d.alpha_syn, 2**_CURRENT, 2**_CURRENT - 1), 1)
        init = _init(kept)
        drive = 2.0**_INIT / init
        if layer.dynamics.synapse_order == "add-then-decay":
            drive = drive * d.alpha_syn
        most = float((init * 2.0**-_INIT / (1 - kept * 2.0**-_CURRENT)).max())
        synapse = replace(
            _delta(),
            decay=Decay(kind="multiply", factor=parameter(kept), shift=_CURRENT),
            # While weights are still signed, their sums leave no room for all of init's bits.
            drive_gain=parameter(init >> (_INIT - _CURRENT)),
            drive_shift=_CURRENT,
        )
    # What a full ring adds up to in a current stays below 2**30, that the two may differ by 2**31.
    shift = min(_MOST_SHIFT, math.floor(math.log2(2**30 / (_RING * most))))
    return Arithmetic(
        decay=Decay(kind="multiply", factor=parameter(factor), shift=_MEMBRANE),
        synapse=synapse,
        relaxes=True,
        drive=drive,
        scale=scale,
        shifts=(shift,),
        window_shifts=(shift,),
        most_drive=_RING << shift if shift >= 0 else 0,
    )


def _delta() -> SynapticState:
    """Return a current that is what arrives in the step."""
    return SynapticState(
        decay=Decay(kind="multiply", factor=np.zeros(1, np.int64)),
        overflow="wrap",
        bias=np.zeros(1, np.int64),
        gain=np.ones(1, np.int64),
    )


def _init(kept: IntArray) -> IntArray:
    """Return what a current takes of a ring buffer in 2**-32, for decays of so many 2**-16."""
    tau = [-1 / math.log(k / 2**_CURRENT) for k in kept.tolist()]
    return np.array([int(t * -math.expm1(-1 / t) * 2**_INIT) for t in tau], np.int64)


def _accept(model: Model, layer: Neurons) -> None:
    accept_chip("SpiNNaker", model, layer, reset="value")
    if layer.fires and layer.dynamics.spikes != "once":
        raise refused(
            "SpiNNaker",
            model,
            layer,
            "neurons fire once a step",
            "--spikes-per-step one tells what that costs before anything is rounded",
        )
    leaks = difference(layer, model.dt).leaks_syn
    if leaks is not None and float(leaks.min()) < 2.0**-13:
        raise refused(
            "SpiNNaker",
            model,
            layer,
            f"currents lose at least 2**-13 of themselves a step; one loses {leaks.min():.3g}",
            "train with a shorter tau_syn, or a longer step",
        )


def _finish(network: Network) -> Network:
    least = int(bounds.encoding_intervals(network.encoding)[-1].low.min())
    if least < 0:
        raise RanvierError(
            "Q012",
            f"SpiNNaker: inputs are spikes; what encodes them allows {least}",
            loc=f"{network.name}:encoding",
            hint="give unsigned integers, or rectify signed ones (metadata 'encode')",
        )
    return replace(
        network,
        populations=tuple(_finished(p) for p in network.populations),
        projections=tuple(part for q in network.projections for part in _by_sign(q)),
    )


def _finished(p: Population) -> Population:
    """Return the population with a current for each sign."""
    (s,) = p.synapses
    exciting = replace(s, accumulate="ring-buffer", ring_bits=RING_BITS)
    if s.drive_gain is not None:
        gain = parameter(_init(s.decay.factor))
        exciting = replace(exciting, drive_gain=gain, drive_shift=_INIT)
    fire = p.fire
    if fire is not None:
        least = fire.threshold + (1 if fire.compare == ">" else 0)
        fire = replace(fire, compare=">=", threshold=np.minimum(least, 2**31 - 1))
    return replace(
        p,
        synapses=(exciting, replace(exciting, gain=-exciting.gain)),
        overflow="wrap",
        fire=fire,
        reset=replace(p.reset, timing="now"),
    )


def _by_sign(q: Projection) -> tuple[Projection, ...]:
    """Return the parts of a projection with positive and with negative weights, if any."""
    w = connections.weights(q.connection)
    parts = []
    for synapse, part in enumerate((np.maximum(w, 0), np.maximum(-w, 0))):
        if part.any():
            made = connections.with_weights(q.connection, part)
            parts.append(replace(q, connection=made, synapse=synapse))
    return tuple(parts)


SPINNAKER = Numerics(
    name="spinnaker",
    weights=(2, 3, 4, 5, 6, 7, 8, 16),
    word=16,
    states=(32,),
    decays=(_MEMBRANE, _MEMBRANE),
    arithmetic=_arithmetic,
    accept=_accept,
    finish=_finish,
)
