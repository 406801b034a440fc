# SPDX-License-Identifier: Apache-2.0
"""Xylo's numerics: 16-bit states that leak by shifts, and saturate event by event.

With dec(x) = x >> dash, or the sign of x where that is 0, a step is, for each event,

    I = sat(I + (w << shift)),  then  I = I - dec(I)
    dv = sat(-dec(V) + I),  dv = sat(dv + bias),  V = sat(V + dv)
    while V >= threshold and n < most:  n = n + 1,  V = V - threshold

with 31 spikes a step at most, 1 of an output, and up to 15 events of an input. That is what
xylosim 0.1.3 computes (SynSense; XyloLayer), run beside it for docs/numerics.md. A time constant is
the nearest power of two of steps; a neuron without a synaptic state gets one of two steps.
"""

from dataclasses import replace

import numpy as np

from ranvier import bounds
from ranvier.discrete import Difference
from ranvier.errors import RanvierError
from ranvier.ir import ClipStage, Decay, IntArray, Network, Population, SynapticState
from ranvier.model import Model
from ranvier.nodes import FloatArray, Neurons
from ranvier.qformat import int_max
from ranvier.quantize.numerics.numerics import Arithmetic, Numerics, accept_chip, refused

STATE_BITS = 16
MOST_DASH = 15
MOST_SPIKES = 31
MOST_EVENTS = 15  # of an input, a step
_SHIFTS = tuple(range(9))  # an 8-bit weight so shifted is a 16-bit event


def _arithmetic(layer: Neurons, d: Difference, decay_bits: int) -> Arithmetic:
    one = np.ones(layer.size)
    dash = np.ones(layer.size, np.int64) if d.leaks_syn is None else _dash(d.leaks_syn, 1)
    # I keeps what arrives times this; the current of a neuron without one arrives in all.
    kept = 1 - 2.0**-dash
    if d.leaks_syn is None:
        drive = one
    elif layer.dynamics.synapse_order == "add-then-decay":
        assert d.alpha_syn is not None
        drive = d.alpha_syn / kept
    else:
        drive = 1 / kept
    return Arithmetic(
        decay=_decay(_dash(d.leaks, 0)),
        synapse=SynapticState(
            decay=_decay(dash),
            order="add-then-decay",
            bias=np.zeros(1, np.int64),
            gain=np.ones(1, np.int64),
        ),
        drive=drive,
        scale=one,
        shifts=_SHIFTS,
        window_shifts=_SHIFTS,
    )


def _dash(leaks: FloatArray, least: int) -> IntArray:
    """Return the shifts whose time constant, 2**dash steps, is nearest to 1 / leaks, as a ratio."""
    with np.errstate(divide="ignore"):
        exact = -np.log2(leaks)
    return np.clip(np.rint(exact), least, MOST_DASH).astype(np.int64)


def _decay(dash: IntArray) -> Decay:
    factor = dash[:1] if (dash == dash[0]).all() else dash
    return Decay(kind="shift", factor=factor, min_step=1)


def _accept(model: Model, layer: Neurons) -> None:
    accept_chip("Xylo", model, layer, reset="subtract")
    if layer.fires and layer.dynamics.spikes != "floor":
        raise refused(
            "Xylo",
            model,
            layer,
            "neurons fire as often as their threshold fits",
            "--spikes-per-step many tells what that costs before anything is rounded",
        )


def _finish(network: Network) -> Network:
    inputs = bounds.encoding_intervals(network.encoding)[-1]
    if int(inputs.low.min()) < 0:
        raise RanvierError(
            "Q012",
            f"Xylo: inputs are events; what encodes them allows {inputs.low.min()}",
            loc=f"{network.name}:encoding",
            hint="give unsigned integers, or rectify signed ones (metadata 'encode')",
        )
    encoding = network.encoding
    if int(inputs.high.max()) > MOST_EVENTS:
        clip = ClipStage(low=0, high=MOST_EVENTS)
        encoding = replace(encoding, stages=(*encoding.stages, clip))
    read = {q.source for q in network.projections}
    populations = tuple(_finished(p, p.name in read) for p in network.populations)
    return replace(network, encoding=encoding, populations=populations)


def _finished(p: Population, hidden: bool) -> Population:
    fire = p.fire
    if fire is not None:
        least = fire.threshold + (1 if fire.compare == ">" else 0)
        fire = replace(
            fire,
            compare=">=",
            threshold=np.clip(least, 1, int_max(STATE_BITS)),
            spikes="floor",
            max_spikes=MOST_SPIKES if hidden else 1,
        )
    limit = int_max(STATE_BITS)
    return replace(
        p,
        synapses=tuple(replace(s, accumulate="per-event") for s in p.synapses),
        bias=np.clip(p.bias, -limit, limit),
        saturation="increment",
        fire=fire,
        reset=replace(p.reset, timing="now"),
    )


XYLO = Numerics(
    name="xylo",
    weights=(2, 3, 4, 5, 6, 7, 8),
    word=8,
    states=(STATE_BITS,),
    decays=(4, 4),
    common_shifts=_SHIFTS,
    most_bias=int_max(STATE_BITS),
    most_input=MOST_EVENTS,
    arithmetic=_arithmetic,
    accept=_accept,
    finish=_finish,
)
