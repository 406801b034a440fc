# SPDX-License-Identifier: Apache-2.0
"""Where and why a network's integers leave its float model: measured, layer by layer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranvier import reference
from ranvier.floating import FloatTrace
from ranvier.metrics import Metric
from ranvier.quantize.explain_ablation import Ablation, Cause, Progress, Score, answers
from ranvier.quantize.explain_distance import Distance, spikes_apart, values_apart
from ranvier.quantize.explain_first import FirstDivergence, run_float
from ranvier.quantize.explain_mixed import Mixed
from ranvier.quantize.explain_pair import Pair, Pairs
from ranvier.reference import Trace


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
    work = Ablation(pairs, x.astype(np.float64) / pairs.input_unit, golden, score, progress)
    exact, base = work.exact, work.base
    layers = tuple(_layer(p, trace, golden, exact) for p in pairs.layers)
    real = answers(pairs, golden.spikes, golden.v)
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
