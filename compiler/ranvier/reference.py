# SPDX-License-Identifier: Apache-2.0
"""The golden model: what a network means, integer by integer; every target equals it.

Vectorised over samples with NumPy in 64-bit integers. The rules are those of `ranvier.ir`, field
by field; where a field is not executed yet, `simulate` refuses it by name.
"""

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ranvier import connections
from ranvier.bounds import encoding_intervals, samples_per_step, shifted
from ranvier.encoding import Encoder
from ranvier.errors import RanvierError
from ranvier.ir import (
    INPUT,
    SCORE_BITS,
    Decay,
    Fire,
    IntArray,
    Network,
    Overflow,
    Population,
    Reset,
    SynapticState,
)
from ranvier.qformat import int_max, int_min

KEEP = ("inputs", "spikes", "v", "synapses")
Kept: TypeAlias = NDArray[np.signedinteger[Any]]  # 16, 32 or 64 bits, whatever holds them


@dataclass(frozen=True, slots=True)
class Trace:
    """Everything the network did.

    Attributes
    ----------
    inputs
        Encoded input, (samples, steps, encoded channels); no steps where it was not to be kept.
    spikes
        By population: spikes emitted, (samples, steps, size); no readouts; empty where not kept.
    v
        By population: stored membranes after the step, (samples, steps, size); empty where not
        kept.
    synapses
        By population: stored synaptic states, (samples, steps, states, size); (samples, steps, 0)
        where there are none; empty where not kept.
    out
        What the decoder read, (samples, steps, outputs).
    scores
        The decoder's sums after the last step, times its multipliers, (samples, outputs).
    classes
        Decoded class after the last step, (samples,).
    saturations
        By population: membrane or synaptic values that the overflow rule changed.
    counts
        By population that fires: all its spikes, summed.
    """

    inputs: Kept
    spikes: dict[str, Kept]
    v: dict[str, Kept]
    synapses: dict[str, Kept]
    out: IntArray
    scores: IntArray
    classes: IntArray
    saturations: dict[str, int]
    counts: dict[str, int]


@dataclass(slots=True)
class State:
    """What one population remembers between steps, for a batch of samples."""

    v: IntArray
    synapses: list[IntArray]
    saturations: int = 0


def simulate(
    network: Network, raw: NDArray[np.integer[Any]], keep: Collection[str] = KEEP
) -> Trace:
    """Run the golden model over raw samples.

    Parameters
    ----------
    network
        A valid network (`ranvier.check.check`).
    raw
        Raw integers within the encoding's range, (samples, raw steps, channels); raw steps are a
        multiple of the encoding's window.
    keep
        What to record at every step, of ``inputs``, ``spikes``, ``v`` and ``synapses``.

    Raises
    ------
    RanvierError
        N090 where the network uses a field that no target executes yet.
    """
    _refuse_unexecuted(network)
    n_samples, n_raw, _ = raw.shape
    encoder = Encoder(network.encoding, n_samples)
    window = samples_per_step(network.encoding)
    n_steps = n_raw // window
    states = {
        p.name: State(
            v=np.zeros((n_samples, p.size), np.int64),
            synapses=[np.zeros((n_samples, p.size), np.int64) for _ in p.synapses],
        )
        for p in network.populations
    }
    apply = [connections.ready(q.connection) for q in network.projections]
    past = {INPUT: _Past(network, INPUT), **{k: _Past(network, k) for k in states}}
    kept = _Record(network, (n_samples, n_steps), keep)
    counts = {p.name: 0 for p in network.populations if p.fire is not None}
    out = np.zeros((n_samples, n_steps, network.output_size), np.int64)
    for t in range(n_steps):
        raw64 = raw[:, t * window : (t + 1) * window].astype(np.int64)
        past[INPUT].append(encoder.step(raw64))
        for p in network.populations:
            state = states[p.name]
            drives = [np.zeros((n_samples, p.size), np.int64) for _ in p.synapses or (None,)]
            for projection, sums in zip(network.projections, apply, strict=True):
                if projection.target == p.name and t >= projection.delay:
                    total = sums(past[projection.source].at(t - projection.delay))
                    drives[projection.synapse] += shifted(total, projection.shift)
            spikes = step(p, state, drives)
            past[p.name].append(spikes)
            kept.add(t, p, state, spikes)
            if p.fire is not None:
                counts[p.name] += int(spikes.sum())
        if kept.inputs.shape[1]:
            kept.inputs[:, t] = past[INPUT].at(t)
        read = [states[p.name].v if p.fire is None else past[p.name].at(t) for p in network.outputs]
        out[:, t] = np.concatenate(read, axis=1)
    scores = decode_scores(network, out)
    return Trace(
        inputs=kept.inputs,
        spikes=kept.spikes,
        v=kept.v,
        synapses=kept.synapses,
        out=out,
        scores=scores,
        classes=scores.argmax(axis=1),
        saturations={k: s.saturations for k, s in states.items()},
        counts=counts,
    )


class _Past:
    """What one source gave in the steps that a projection may still ask for."""

    def __init__(self, network: Network, source: str) -> None:
        longest = max((q.delay for q in network.projections if q.source == source), default=0)
        self._kept: deque[IntArray] = deque(maxlen=longest + 1)
        self._count = 0

    def append(self, x: IntArray) -> None:
        self._kept.append(x)
        self._count += 1

    def at(self, t: int) -> IntArray:
        return self._kept[t - self._count]


class _Record:
    """What is kept of a run, in types that hold it; signed, so that differences are right."""

    def __init__(self, network: Network, shape: tuple[int, int], keep: Collection[str]) -> None:
        encoded = encoding_intervals(network.encoding)[-1]
        wide = max(int(np.abs(encoded.low).max()), int(np.abs(encoded.high).max())) > int_max(32)
        n, steps = shape
        kept = steps if "inputs" in keep else 0
        self.inputs: Kept = np.zeros((n, kept, encoded.low.size), np.int64 if wide else np.int32)
        firing = [p for p in network.populations if p.fire is not None]
        states = network.populations
        self.spikes: dict[str, Kept] = {
            p.name: np.zeros((*shape, p.size), np.int16) for p in firing if "spikes" in keep
        }
        self.v: dict[str, Kept] = {
            p.name: np.zeros((*shape, p.size), np.int32) for p in states if "v" in keep
        }
        self.synapses: dict[str, Kept] = {
            p.name: np.zeros((*shape, len(p.synapses), p.size)[: 4 if p.synapses else 3], np.int32)
            for p in states
            if "synapses" in keep
        }

    def add(self, t: int, p: Population, state: State, spikes: IntArray) -> None:
        if p.name in self.spikes:
            self.spikes[p.name][:, t] = spikes
        if p.name in self.v:
            self.v[p.name][:, t] = state.v
        if p.name in self.synapses and state.synapses:
            self.synapses[p.name][:, t] = np.stack(state.synapses, 1)


def decode_scores(network: Network, out: IntArray) -> IntArray:
    """Return the decoder's scores, (samples, outputs), after the last of `out`'s steps."""
    score = np.zeros((out.shape[0], out.shape[2]), np.int64)
    if network.decode.rule in ("spike-count", "readout-mean"):
        low, high = int_min(SCORE_BITS), int_max(SCORE_BITS)
        for t in range(out.shape[1]):
            score = np.clip(score + out[:, t], low, high)
    elif out.shape[1]:
        score = out[:, -1]
    return np.asarray(score * network.decode.multiplier, np.int64)


def step(p: Population, state: State, drives: list[IntArray]) -> IntArray:
    """Advance one population by one time step; return its spikes, (samples, size)."""
    inputs = _synaptic_inputs(p, state, drives)
    late = p.reset.timing != "now" and p.fire is not None and p.reset.kind != "none"
    r = _spike_count(p.fire, state.v) > 0 if late and p.fire is not None else None
    v = _membrane(p, state, inputs, r)
    if p.lower_bound is not None:
        v = np.asarray(np.maximum(v, p.lower_bound), np.int64)
    if p.fire is None:
        state.v = v
        return np.zeros_like(v)
    n = _spike_count(p.fire, v)
    state.v = _after_spikes(p, p.fire, state, v, n, r)
    return n


def _synaptic_inputs(p: Population, state: State, drives: list[IntArray]) -> list[IntArray]:
    """Update the synaptic states and return what each adds to the membrane."""
    if not p.synapses:
        return drives
    inputs = []
    for k, (rule, x) in enumerate(zip(p.synapses, drives, strict=True)):
        before = state.synapses[k]
        after = _synapse(rule, state, before, x)
        state.synapses[k] = after
        read = after if rule.read == "after" else before
        inputs.append(shifted(read * rule.gain, -rule.gain_shift))
    return inputs


def _synapse(rule: SynapticState, state: State, i: IntArray, drive: IntArray) -> IntArray:
    x = drive + rule.bias
    if rule.order == "decay-then-add":
        return _fit(state, decay(rule.decay, i) + x, rule.bits, rule.overflow)
    return decay(rule.decay, _fit(state, i + x, rule.bits, rule.overflow))


def _membrane(
    p: Population, state: State, inputs: list[IntArray], r: NDArray[np.bool_] | None
) -> IntArray:
    """Return the membrane after decay, inputs, bias and the resets that come first."""
    v = state.v
    subtract = np.zeros_like(v)
    if r is not None and p.fire is not None and p.reset.timing != "next-update":
        if p.reset.kind == "value":
            v = np.where(r, p.reset.value, v)
        else:
            subtract = np.where(r, p.fire.threshold, 0)
    total = _accumulate(p, state, v, inputs, subtract)
    if r is not None and p.fire is not None and p.reset.timing == "next-update":
        late = p.reset.value if p.reset.kind == "value" else total - p.fire.threshold
        total = _fit(state, np.where(r, late, total), p.bits, p.overflow)
    return total


def _accumulate(
    p: Population, state: State, v: IntArray, inputs: list[IntArray], subtract: IntArray
) -> IntArray:
    """Add everything to the decayed membrane with the population's order of saturation."""
    decayed = decay(p.decay, v)
    if p.saturation == "sum":
        total = sum(inputs, start=decayed) + p.bias - subtract
        return _fit(state, total, p.bits, p.overflow)
    if p.saturation == "each":
        total = _fit(state, decayed, p.bits, p.overflow)
        for term in (*inputs, p.bias, -subtract):
            total = _fit(state, total + term, p.bits, p.overflow)
        return total
    dv = _fit(state, sum(inputs, start=decayed - v), p.bits, p.overflow)
    dv = _fit(state, dv + p.bias, p.bits, p.overflow)
    return _fit(state, v + dv - subtract, p.bits, p.overflow)


def _spike_count(fire: Fire, v: IntArray) -> IntArray:
    """Return how many spikes each membrane is worth."""
    over = v - fire.threshold if fire.compare == ">=" else v - fire.threshold - 1
    if fire.spikes == "once":
        return (over >= 0).astype(np.int64)
    return np.where(over >= 0, np.minimum(over // fire.threshold + 1, fire.max_spikes), 0)


def _after_spikes(
    p: Population, fire: Fire, state: State, v: IntArray, n: IntArray, r: NDArray[np.bool_] | None
) -> IntArray:
    """Return the stored membrane: reset now, or left for the next step."""
    reset: Reset = p.reset
    if reset.kind == "none" or reset.timing in ("next-membrane", "next-update"):
        return v
    if reset.timing == "now":
        if reset.kind == "value":
            return np.where(n > 0, reset.value, v)
        return _fit(state, v - n * fire.threshold, p.bits, p.overflow)
    assert r is not None
    d = n - r
    less = d * fire.threshold if reset.kind == "subtract" else d * v
    return _fit(state, v - less, p.bits, p.overflow)


def decay(rule: Decay, z: IntArray) -> IntArray:
    """Return D(z)."""
    match rule.kind:
        case "none":
            return z
        case "multiply":
            return _shift_right(z * rule.factor, rule.shift, rule.rounding)
        case "leak":
            return z - _shift_right(z * rule.factor, rule.shift, rule.rounding)
        case "shift":
            leak = _shift_right(z, rule.factor, rule.rounding)
            return z - np.where(leak == 0, np.sign(z) * rule.min_step, leak)


def _shift_right(z: IntArray, k: int | IntArray, rounding: str) -> IntArray:
    if rounding == "floor":
        return z >> k
    return np.asarray(np.sign(z) * (np.abs(z) >> k), np.int64)


def _fit(state: State, z: IntArray, bits: int, overflow: Overflow) -> IntArray:
    """Bring z into `bits`, counting what the rule changed."""
    low, high = int_min(bits), int_max(bits)
    wrapped = ((z - low) & ((1 << bits) - 1)) + low
    fitted = np.clip(z, low, high) if overflow == "saturate" else wrapped
    state.saturations += int(np.count_nonzero(fitted != z))
    return fitted


def _refuse_unexecuted(network: Network) -> None:
    """Refuse the fields that come with the targets which need them."""
    found = [
        *(f"{p.name}.refractory" for p in network.populations if p.refractory),
        *(f"{p.name}.fire.graded" for p in network.populations if p.fire and p.fire.graded),
        *(
            f"{p.source} -> {p.target}: accumulate={p.accumulate}"
            for p in network.projections
            if p.accumulate != "exact"
        ),
    ]
    if found:
        raise RanvierError(
            "N090",
            f"the golden model does not execute {', '.join(found)} yet",
            loc=network.name,
            hint="refractory periods, graded spikes, ring buffers and event-by-event saturation "
            "are declared in the format, but no target of this version runs them",
        )
