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

from ranvier import arrival
from ranvier.bounds import encoding_intervals, samples_per_step
from ranvier.encoding import Encoder
from ranvier.errors import RanvierError
from ranvier.ir import (
    INPUT,
    SCORE_BITS,
    DeltaStage,
    IntArray,
    LevelCrossingStage,
    Network,
    Population,
    ThresholdCrossingStage,
)
from ranvier.qformat import int_max, int_min
from ranvier.update import State, step

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
        By population: membrane or synaptic values that the overflow rule changed, and sums in which
        a ring buffer was full or an event saturated.
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


@dataclass(frozen=True, slots=True)
class Start:
    """Where a run goes on: what every population remembers of the step before, by its name.

    Attributes
    ----------
    v, spikes
        Membranes, and spikes that it emitted, (samples, size).
    synapses
        Synaptic states, (samples, states, size).
    """

    v: dict[str, NDArray[np.integer[Any]]]
    synapses: dict[str, NDArray[np.integer[Any]]]
    spikes: dict[str, NDArray[np.integer[Any]]]


def simulate(
    network: Network,
    raw: NDArray[np.integer[Any]],
    keep: Collection[str] = KEEP,
    start: Start | None = None,
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
    start
        Go on from there instead of from 0, so that a run longer than memory can be cut. Scores and
        classes are those of these steps alone.

    Raises
    ------
    ValueError
        A `start` for a network that remembers more than it holds: the past of its input, or
        spikes of more than one step ago.
    RanvierError
        N090 where the network uses a field that no target executes yet.
    """
    _refuse_unexecuted(network)
    n_samples, n_raw, _ = raw.shape
    encoder = Encoder(network.encoding, n_samples)
    window = samples_per_step(network.encoding)
    n_steps = n_raw // window
    states = {p.name: _first_state(p, n_samples, start) for p in network.populations}
    paths = {p.name: arrival.paths(network, p) for p in network.populations}
    past = {INPUT: _Past(network, INPUT), **{k: _Past(network, k) for k in states}}
    if start is not None:
        _go_on(network, past, start)
    known = 0 if start is None else 1  # steps before the first
    kept = _Record(network, (n_samples, n_steps), keep)
    counts = {p.name: 0 for p in network.populations if p.fire is not None}
    out = np.zeros((n_samples, n_steps, network.output_size), np.int64)
    for t in range(n_steps):
        raw64 = raw[:, t * window : (t + 1) * window].astype(np.int64)
        past[INPUT].append(encoder.step(raw64))
        for p in network.populations:
            state = states[p.name]
            given = [
                (path, past[path.source].at(t - path.delay))
                for path in paths[p.name]
                if t + known >= path.delay
            ]
            spikes = step(p, state, arrival.drives(p, state, given))
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


def _first_state(p: Population, n_samples: int, start: Start | None) -> State:
    if start is not None:
        return State(
            v=start.v[p.name].astype(np.int64),
            synapses=[
                start.synapses[p.name][:, k].astype(np.int64) for k in range(len(p.synapses))
            ],
        )
    return State(
        v=np.zeros((n_samples, p.size), np.int64),
        synapses=[np.zeros((n_samples, p.size), np.int64) for _ in p.synapses],
    )


def _go_on(network: Network, past: dict[str, "_Past"], start: Start) -> None:
    """Give the loops the spikes of the step before the first."""
    remembering = DeltaStage | LevelCrossingStage | ThresholdCrossingStage
    if any(isinstance(stage, remembering) for stage in network.encoding.stages) or any(
        q.delay > (q.source != INPUT) for q in network.projections
    ):
        raise ValueError(f"{network.name} remembers more than the state of one step")
    for p in network.populations:
        if p.fire is not None:
            past[p.name].recall(start.spikes[p.name].astype(np.int64))


class _Past:
    """What one source gave in the steps that a projection may still ask for."""

    def __init__(self, network: Network, source: str) -> None:
        longest = max((q.delay for q in network.projections if q.source == source), default=0)
        self._kept: deque[IntArray] = deque(maxlen=longest + 1)
        self._count = 0

    def append(self, x: IntArray) -> None:
        self._kept.append(x)
        self._count += 1

    def recall(self, x: IntArray) -> None:
        """Take what was given before step 0."""
        self._kept.append(x)

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


def _refuse_unexecuted(network: Network) -> None:
    """Refuse the fields that come with the targets which need them."""
    found = [
        *(f"{p.name}.refractory" for p in network.populations if p.refractory),
        *(f"{p.name}.fire.graded" for p in network.populations if p.fire and p.fire.graded),
    ]
    if found:
        raise RanvierError(
            "N090",
            f"the golden model does not execute {', '.join(found)} yet",
            loc=network.name,
            hint="refractory periods and graded spikes are declared in the format, but no target "
            "of this version runs them",
        )
