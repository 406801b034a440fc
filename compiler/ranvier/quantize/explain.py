# SPDX-License-Identifier: Apache-2.0
"""Where and why a network's integers leave its float model: measured, then ablated part by part."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranvier import reference
from ranvier.floating import FloatTrace
from ranvier.floating import decode as decode_float
from ranvier.ir import INPUT
from ranvier.metrics import Metric
from ranvier.nodes import FloatArray
from ranvier.quantize.explain_distance import Distance, spikes_apart, values_apart
from ranvier.quantize.explain_first import FirstDivergence, run_float
from ranvier.quantize.explain_layer import CAUSES
from ranvier.quantize.explain_mixed import Mixed, Part, run_mixed
from ranvier.quantize.explain_pair import Pair, Pairs
from ranvier.reference import Trace

# From answers in real units, (samples, steps, outputs), and classes, (samples,).
Score = Callable[[NDArray[np.floating], NDArray[np.int64]], Metric | None]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class LayerReport:
    """One layer on both sides.

    Attributes
    ----------
    float_spikes, fixed_spikes
        Of each neuron over all samples, (size,); empty for readouts.
    hits
        Steps of all samples in which a neuron's state did not fit its word, (size,).
    hit_steps
        Steps of all samples in which any neuron's did not.
    """

    pair: Pair
    distance: Distance
    differing: int
    float_spikes: NDArray[np.int64]
    fixed_spikes: NDArray[np.int64]
    hits: NDArray[np.int64]
    hit_steps: int

    @property
    def silent(self) -> NDArray[np.int64]:
        """Neurons that fire in the model and never in the network."""
        return np.flatnonzero((self.float_spikes > 0) & (self.fixed_spikes == 0))


@dataclass(frozen=True, slots=True)
class Effect:
    """What one cause alone does to the model.

    Attributes
    ----------
    distance
        Mean over layers of the relative distance from the model; `layers` has each layer's.
    kept
        By firing layer: its spikes, as a part of those of the model.
    """

    metric: Metric | None
    distance: float
    layers: dict[str, float]
    kept: dict[str, float]


@dataclass(frozen=True, slots=True)
class Cause:
    """One way in which integers differ from floats, and what it costs.

    Attributes
    ----------
    alone
        The model with this alone taken from the network, in all layers.
    repaired
        The network with this alone taken from the model.
    share
        Of the distances of all causes alone.
    per_layer
        The model with this taken from the network in one layer alone.
    """

    name: str
    alone: Effect
    repaired: Effect
    share: float
    per_layer: dict[str, Effect]


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that was measured; `ranvier.quantize.explain_words` says what it means.

    Attributes
    ----------
    total
        The network against the model: mean over layers of the relative distance.
    rules
        The same for the model in the network's rules, with the model's own numbers: what differs
        is the order of sums, or what a spike does. 0 but for near-ties where the rules are alike.
    input_error
        RMS of what rounding does to the encoded input, as a part of the input's own.
    clipped
        Values of the raw input, of all `inputs`, beyond full scale.
    """

    pairs: Pairs
    float_trace: FloatTrace
    fixed_trace: Trace
    float_metric: Metric | None
    fixed_metric: Metric | None
    layers: tuple[LayerReport, ...]
    first: FirstDivergence | None
    causes: tuple[Cause, ...]
    total: float
    rules: float
    input_error: float
    clipped: int
    inputs: int

    @property
    def slots(self) -> int:
        """Steps of all samples."""
        return int(self.fixed_trace.out.shape[0] * self.fixed_trace.out.shape[1])

    @property
    def seconds(self) -> float:
        """Time of the model, all samples together."""
        return self.slots * self.pairs.model.dt


def explain_network(
    pairs: Pairs,
    x: NDArray[np.float32],
    raw: NDArray[np.int64],
    clipped: int,
    score: Score,
    progress: Progress = lambda done, total: None,
) -> Explanation:
    """Compare a model and its network on data, and find what each part of the integers costs.

    Parameters
    ----------
    x
        The encoded input of the model, (samples, steps, channels).
    raw
        The same recordings as raw integers, (samples, raw steps, channels), `clipped` of them.

    Raises
    ------
    RanvierError
        N090 where the golden model does not execute the network.
    """
    network = pairs.network
    golden = reference.simulate(network, raw)
    trace, first = run_float(pairs, x, golden)
    work = _Ablation(pairs, x.astype(np.float64) / pairs.input_unit, golden, score, progress)
    exact, base = work.exact, work.base
    layers = tuple(_layer(p, trace, golden, exact) for p in pairs.layers)
    real = _answers(pairs, golden.spikes, golden.v)
    causes = work.causes()
    off = values_apart(work.real, work.whole)
    apart = [_from_model(p, trace, base.spikes, base.v).relative for p in pairs.layers]
    return Explanation(
        pairs=pairs,
        float_trace=trace,
        fixed_trace=golden,
        float_metric=score(trace.out, trace.classes),
        fixed_metric=score(real, golden.classes),
        layers=layers,
        first=first,
        causes=causes,
        total=float(np.mean([r.distance.relative for r in layers])),
        rules=float(np.mean(apart)),
        input_error=float(np.sqrt(off.relative)),
        clipped=clipped,
        inputs=raw.size,
    )


def _layer(p: Pair, trace: FloatTrace, golden: Trace, exact: Mixed) -> LayerReport:
    none = np.zeros(0, np.int64)
    counts, differing = (none, none), 0
    if p.neurons.fires:
        a, b = trace.spikes[p.name], golden.spikes[p.name]
        counts = a.sum(axis=(0, 1), dtype=np.int64), b.sum(axis=(0, 1), dtype=np.int64)
        differing = int(np.count_nonzero(a != b))
    distance = _from_model(p, trace, golden.spikes, golden.v)
    return LayerReport(p, distance, differing, *counts, exact.hits[p.name], exact.hit_steps[p.name])


def _from_model(
    p: Pair,
    trace: FloatTrace,
    spikes: Mapping[str, NDArray[np.integer]],
    v: Mapping[str, NDArray[Any]],
) -> Distance:
    """Return how far a layer's spikes, or its membranes in units, are from the model's."""
    if p.neurons.fires:
        return spikes_apart(trace.spikes[p.name], spikes[p.name])
    return values_apart(trace.v[p.name].astype(np.float64), v[p.name] * p.unit)


def _answers(
    pairs: Pairs, spikes: Mapping[str, NDArray[np.integer]], v: Mapping[str, NDArray[Any]]
) -> FloatArray:
    """Return what the decoder reads in real units, (samples, steps, outputs)."""
    parts = [
        spikes[name].astype(np.float64) if name in spikes else v[name] * pairs.layer(name).unit
        for name in pairs.model.outputs
    ]
    return np.concatenate(parts, axis=2)


class _Ablation:
    """Runs mixtures and compares each with the model."""

    def __init__(
        self, pairs: Pairs, real: FloatArray, golden: Trace, score: Score, progress: Progress
    ) -> None:
        self._pairs, self._score, self._progress = pairs, score, progress
        self.real, self.whole = real, golden.inputs.astype(np.float64)
        self._names = [p.name for p in pairs.layers]
        self._done, self._total = 0, 2 * len(CAUSES) + (len(CAUSES) - 1) * len(self._names)
        self.everything = {part for cause in CAUSES for part in self._parts(cause)}
        self.base = self.run(set())
        self.exact = self.run(self.everything)
        self._model, self._network = self._effect(self.base), self._effect(self.exact)

    def run(self, on: set[Part]) -> Mixed:
        """Run the model with the parts `on` of the network."""
        return run_mixed(self._pairs, self.real, self.whole, on)

    def causes(self) -> tuple[Cause, ...]:
        """Return every cause, the largest share first."""
        found = []
        for name in CAUSES:
            alone = self._alone(self._parts(name))
            repaired = self._repaired(name)
            found.append((name, alone, repaired, self._per_layer(name, alone)))
        whole = sum(alone.distance for _, alone, _, _ in found)
        causes = [
            Cause(name, alone, repaired, alone.distance / whole if whole else 0.0, each)
            for name, alone, repaired, each in found
        ]
        return tuple(sorted(causes, key=lambda c: -c.share))

    def _per_layer(self, cause: str, alone: Effect) -> dict[str, Effect]:
        """Return the effect of a cause in each layer by itself.

        Where all layers together give what the model gives, every layer got what it gets in the
        model and gave the same: each by itself does so too.
        """
        if cause == INPUT:
            return {}
        if len(self._names) == 1 or alone.distance == 0:
            self._tick(len(self._names))
            return dict.fromkeys(self._names, alone)
        return {name: self._alone({(cause, name)}) for name in self._names}

    def _parts(self, cause: str) -> set[Part]:
        return {(cause, cause)} if cause == INPUT else {(cause, name) for name in self._names}

    def _alone(self, on: set[Part]) -> Effect:
        self._tick()
        return self._model if self._idle(on, self.base.beyond) else self._effect(self.run(on))

    def _repaired(self, cause: str) -> Effect:
        self._tick()
        parts = self._parts(cause)
        if self._idle(parts, self.exact.beyond):
            return self._network
        return self._effect(self.run(self.everything - parts))

    def _idle(self, parts: set[Part], beyond: set[str]) -> bool:
        """Tell whether parts are the same on both sides: a whole input, states within limits."""
        return all(
            np.array_equal(self.real, self.whole)
            if cause == INPUT
            else cause == "saturation" and name not in beyond
            for cause, name in parts
        )

    def _tick(self, ablations: int = 1) -> None:
        self._done += ablations
        self._progress(self._done, self._total)

    def _effect(self, mixed: Mixed) -> Effect:
        layers, kept = {}, {}
        for p in self._pairs.layers:
            if p.neurons.fires:
                a, b = self.base.spikes[p.name], mixed.spikes[p.name]
                layers[p.name] = spikes_apart(a, b).relative
                kept[p.name] = float(b.sum(dtype=np.int64)) / max(1, int(a.sum(dtype=np.int64)))
            else:
                unit = p.unit
                layers[p.name] = values_apart(
                    self.base.v[p.name] * unit, mixed.v[p.name] * unit
                ).relative
        out = _answers(self._pairs, mixed.spikes, mixed.v)
        classes = decode_float(self._pairs.model.decode, out.astype(np.float32)).argmax(axis=1)
        metric = self._score(out, classes)
        return Effect(metric, float(np.mean(list(layers.values()))), layers, kept)
