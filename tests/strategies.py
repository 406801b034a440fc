# SPDX-License-Identifier: Apache-2.0
"""Random valid networks, over every field that the golden model executes, and raw samples.

Fields and sizes are drawn by hypothesis, so they shrink; the numbers in the arrays come from a
drawn seed. Numbers are small, where comparisons meet their thresholds, or at the ends of their
range, where states saturate and wrap.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any, get_args

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.strategy_inputs import (
    CONNECTIONS,
    RAW,
    Draw,
    Map,
    connection,
    encoded_size,
    encodings,
    spread,
)

from ranvier import connections
from ranvier.bounds import encoding_intervals, samples_per_step
from ranvier.ir import (
    INPUT,
    ClipStage,
    Decay,
    Decode,
    Fire,
    IntArray,
    Network,
    Population,
    Projection,
    Reset,
    Stage,
    SynapticState,
    ThresholdCrossingStage,
)

STAGES = {"refractory", *(stage.__name__ for stage in get_args(Stage))}
CHIPS = {
    "relax",
    "per-event",
    "ring-buffer",
    "drive gain",
    "wrap-upper",
}  # as `features` names them


@st.composite
def networks(draw: Any, *, kernels: bool = False, chips: bool | None = None) -> Network:
    """Return valid networks.

    Parameters
    ----------
    kernels
        Only what the C kernels execute: no decay factor of 65536, and numbers that mostly keep
        the accumulators within 32 bits.
    chips
        Whether with the rules that only neuromorphic chips have; None: half of those whose input
        is never negative.
    """
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    d = Draw(draw, rng, kernels, (16,) if draw(st.booleans()) else (16, 24, 32))
    encoding = encodings(d)
    d.sources[INPUT] = encoded_size(encoding)
    events = bool((encoding_intervals(encoding)[-1].low >= 0).all())
    if chips and not events:
        clip = ClipStage(low=0, high=d.pick(1, 9, 100))
        encoding = replace(encoding, stages=(*encoding.stages, clip))
    d.chips = (events and d.pick(True, False)) if chips is None else chips
    n = d.pick(1, 2, 3)
    populations: list[Population] = []
    projections: list[Projection] = []
    for k in range(n):
        name = f"p{k}"
        fires = k + 1 < n or d.pick(True, False)
        joined = connection(d, d.pick(*d.sources), d.pick(*CONNECTIONS))
        size = joined.size
        p = _population(d, name, size, fires)
        populations.append(p)
        projections.append(_projection(d, joined, p, d.pick(0, 0, 1, 2)))
        for _ in range(d.pick(0, 1, 2)):
            more = connection(d, d.pick(*d.sources), d.pick("dense", "sparse"), size)
            projections.append(_projection(d, more, p, d.pick(0, 0, 1, 3)))
        if d.pick(True, False):  # once more over the same path, with weights of its own
            projections.append(_projection(d, joined.again(d), p, d.pick(0, 1)))
        if fires:
            d.sources[name] = size
    for _ in range(d.pick(0, 1, 2)):  # loops and edges back
        source = d.pick(*d.sources)
        p = d.pick(*populations)
        back = connection(d, source, d.pick("dense", "sparse"), p.size)
        projections.append(_projection(d, back, p, d.pick(1, 2, 3)))
    return Network(
        name="net",
        dt=1e-3,
        encoding=encoding,
        populations=tuple(populations),
        projections=tuple(d.draw(st.permutations(projections))),
        decode=_decode(d, populations),
    )


@st.composite
def samples(draw: Any, network: Network) -> NDArray[np.integer]:
    """Return raw samples (2, raw steps, channels): constant extremes, alternating, or spread."""
    e = network.encoding
    window = samples_per_step(e)
    steps = draw(st.sampled_from((3, 8, 16))) * window
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = (2, steps, e.channels)
    kind = draw(st.sampled_from(("spread", "spread", "ends", "hold")))
    if kind == "spread":
        raw = spread(rng, e.raw_low, e.raw_high, shape)
    else:
        ends = np.array([e.raw_low, e.raw_high])
        raw = rng.choice(ends, shape if kind == "ends" else (2, 1, e.channels))
        raw = np.broadcast_to(raw, shape)
    return np.ascontiguousarray(raw, RAW[e.raw])


def features(network: Network) -> Iterator[str]:
    """Name the rules that `network` uses, one word each, to count what a sweep has reached."""
    for stage in network.encoding.stages:
        yield type(stage).__name__
        if isinstance(stage, ThresholdCrossingStage) and stage.refractory:
            yield "refractory"
    for q in network.projections:
        yield f"{type(q.connection).__name__} delay {q.delay}"
    for p in network.populations:
        yield f"{p.bits} bits"
        yield f"{len(p.synapses)} synapses"
        yield f"{p.overflow} {p.saturation}"
        yield p.form
        yield from (s.accumulate for s in p.synapses)
        yield from ("drive gain" for s in p.synapses if s.drive_gain is not None)
        yield from ("wrap-upper" for s in p.synapses if s.overflow == "wrap-upper")
        for decay in (p.decay, *(s.decay for s in p.synapses)):
            yield f"{decay.kind} {decay.rounding} {decay.min_step}"
        yield from (f"{s.order} {s.read}" for s in p.synapses)
        if p.fire is not None:
            yield f"fire {p.fire.compare} {p.fire.spikes}"
            yield f"reset {p.reset.kind} {p.reset.timing}"


def every_feature() -> set[str]:
    """Return all that `features` can say of these strategies' networks."""
    kinds, ends = ("Dense", "Sparse", "Conv", "Pool"), ("floor 0", "zero 0")
    both = [
        ((k for k in kinds), (f"delay {d}" for d in range(3))),
        (("saturate", "wrap"), ("sum", "each", "increment")),
        (("none", "multiply", "leak", "shift"), ends),
        (("shift",), ("floor 1", "zero 1")),
        (("decay-then-add", "add-then-decay"), ("after", "before")),
        (("fire >", "fire >="), ("once", "floor")),
        (
            ("reset none", "reset value", "reset subtract"),
            ("now", "next-membrane", "next-update", "next-surplus"),
        ),
        (("16", "24", "32"), ("bits",)),
        (("0", "1", "2"), ("synapses",)),
    ]
    rules = {f"{a} {b}" for left, right in both for a, b in product(left, right)}
    return CHIPS | STAGES | {"add", "exact"} | rules


def _decay(d: Draw, size: int) -> Decay:
    kind = d.pick("none", "multiply", "leak", "shift")
    shift = d.pick(0, 1, 4, 8, 12, 16, 31) if kind != "shift" else 0
    top = min(2**shift, 65535 if d.kernels else 65536)
    factor = d.ints(0, 31, size) if kind == "shift" else d.ints(0, top, size)
    if kind == "shift" and d.pick(True, False):
        factor = np.minimum(factor, 3)
    return Decay(
        kind=kind,
        factor=factor,
        shift=shift,
        rounding=d.pick("floor", "zero"),
        min_step=d.pick(0, 1) if kind == "shift" else 0,
    )


def _limits(bits: int) -> tuple[int, int]:
    return -(2 ** (bits - 1)), 2 ** (bits - 1) - 1


def _bias(d: Draw, size: int, bits: int) -> IntArray:
    reach = d.pick(0, 3, 1000, 2 ** (bits - 1), 2**24)
    return d.ints(-min(reach, 2**31 - 1), min(reach, 2**31 - 1), size)


def _synapse(d: Draw, size: int) -> SynapticState:
    bits = d.pick(*d.bits)
    reach = d.pick(1, 3, 300, 8192) if d.kernels else d.pick(1, 3, 300, 32767)
    kinds: Any = ("exact", "per-event", "ring-buffer")
    kind = d.pick(*kinds) if d.chips else kinds[0]
    single = kind == "per-event"
    gained = d.chips and not single and d.pick(True, False)
    overflow = d.pick("saturate", "wrap", *(("wrap-upper",) if bits == 24 else ()))
    return SynapticState(
        decay=_decay(d, size),
        accumulate=kind,
        ring_bits=d.pick(1, 6, 16),
        drive_gain=d.ints(0, d.pick(3, 65536, 2**32 - 1), size) if gained else None,
        drive_shift=d.pick(0, 1, 16, 32) if gained else 0,
        order="add-then-decay" if single else d.pick("decay-then-add", "add-then-decay"),
        read=d.pick("after", "before"),
        bias=_bias(d, size, bits),
        bits=bits,
        overflow="saturate" if single else overflow,
        gain=d.ints(-reach, reach, size),
        gain_shift=d.pick(0, 1, 8, 14, -1) if d.kernels else d.pick(0, 1, 8, 14, 31, -1, -15),
    )


def _population(d: Draw, name: str, size: int, fires: bool) -> Population:
    bits = d.pick(*d.bits)
    low, high = _limits(bits)
    fire = _fire(d, size, bits) if fires else None
    if d.pick(False, False, False, True):
        return _plain(d, name, size, fire)
    kind = d.pick("value", "subtract", "value", "subtract", "none")
    timing = d.pick("now", "next-membrane", "next-update", "next-surplus")
    value = d.ints(low, high, size) if d.pick(True, False) else np.zeros(1, np.int64)
    if timing == "next-surplus":
        value = np.zeros_like(value)
    relaxes = d.chips and (timing == "now" or not fires) and d.pick(True, False)
    return Population(
        name=name,
        size=size,
        synapses=tuple(_synapse(d, size) for _ in range(d.pick(0, 0, 1, 2))),
        decay=_decay(d, size),
        bias=_bias(d, size, bits),
        bits=bits,
        overflow=d.pick("saturate", "wrap"),
        saturation="sum" if relaxes else d.pick("sum", "each", "increment"),
        form="relax" if relaxes else "add",
        lower_bound=d.ints(low, high // 2, size) if d.pick(0, 0, 1) else None,
        fire=fire,
        reset=Reset(kind=kind, value=value, timing=timing),
        scale=np.ones(1),
    )


def _plain(d: Draw, name: str, size: int, fire: Fire | None) -> Population:
    """Return the usual rule, for which there are kernels of their own."""
    shift = d.pick(1, 8, 15)
    if fire is not None:
        low, high = d.pick((1, 300), _limits(16))
        threshold = spread(d.rng, low, high, (size,))
        fire = Fire(compare=">", threshold=threshold)
    return Population(
        name=name,
        size=size,
        decay=Decay(kind="leak", factor=d.ints(0, 2**shift, size), shift=shift),
        bias=_bias(d, size, 16),
        fire=fire,
        reset=Reset(kind="value", value=d.ints(*_limits(16), size)),
        scale=np.ones(1),
    )


def _fire(d: Draw, size: int, bits: int) -> Fire:
    spikes = d.pick("once", "floor")
    low, high = _limits(bits)
    if d.pick(True, False):  # few values, so that states meet them
        low, high = -3, 20
    threshold = spread(d.rng, 1 if spikes == "floor" else low, high, (size,))
    return Fire(
        compare=d.pick(">", ">="),
        threshold=threshold,
        spikes=spikes,
        max_spikes=d.pick(1, 2, 3, 255) if spikes == "floor" else 1,
    )


def _projection(d: Draw, joined: Map, target: Population, delay: int) -> Projection:
    synapse = d.draw(st.integers(0, max(0, len(target.synapses) - 1)))
    kind = target.synapses[synapse].accumulate if target.synapses else "exact"
    made = joined.connection
    shift = d.pick(0, 0, 1, 4, -1, -3, -9) if d.kernels else d.pick(0, 0, 1, 4, 12, -1, -3, -9)
    if kind == "ring-buffer":
        positive = np.minimum(np.abs(connections.weights(made)), 2 ** (joined.bits - 1) - 1)
        made, shift = connections.with_weights(made, positive), target.size % 4
    elif kind == "per-event":
        shift = d.pick(0, target.synapses[synapse].bits - joined.bits)
    return Projection(
        source=joined.source,
        target=target.name,
        synapse=synapse,
        connection=made,
        bits=joined.bits,
        shift=shift,
        delay=delay,
    )


def _decode(d: Draw, populations: list[Population]) -> Decode:
    """Decode the last population, or several of its kind in any order."""
    last = populations[-1]
    alike = [p for p in populations if (p.fire is None) == (last.fire is None)]
    read = d.draw(st.permutations(alike)) if d.pick(True, False) else [last]
    rules = ("spike-count", "per-step") if last.fire else ("readout-mean", "readout-last")
    multiplier = d.ints(0, d.pick(1, 3, 32767), sum(p.size for p in read))
    return Decode(
        rule=d.pick(*rules, "per-step"),
        sources=tuple(p.name for p in read),
        multiplier=multiplier,
    )
