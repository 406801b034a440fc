# SPDX-License-Identifier: Apache-2.0
"""Where and why a network's integers leave its float model: measured, layer by layer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranvier import reference
from ranvier.floating import FloatTrace
from ranvier.metrics import Metric
from ranvier.quantize import explain_course as course
from ranvier.quantize.explain_ablation import Ablation, Cause, Progress, Scoring, answers
from ranvier.quantize.explain_distance import Distance, spikes_apart, values_apart
from ranvier.quantize.explain_first import FirstDivergence, run_float
from ranvier.quantize.explain_mixed import Mixed
from ranvier.quantize.explain_pair import Pair, Pairs
from ranvier.quantize.explain_passes import changed, run_original
from ranvier.reference import Trace


@dataclass(frozen=True, slots=True)
class Batch:
    """Some samples as both sides take them.

    Attributes
    ----------
    at
        Which they are.
    x
        The encoded input of the model, (samples, steps, channels).
    raw
        The same as raw integers, (samples, raw steps, channels), `clipped` of them.
    """

    at: slice
    x: NDArray[np.float32]
    raw: NDArray[np.int64]
    clipped: int


@dataclass(frozen=True, slots=True)
class LayerReport:
    """One layer on both sides.

    Attributes
    ----------
    differing
        Slots of samples, steps and neurons whose spikes differ.
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
    samples, steps
        What it was measured on; steps of one sample.
    total
        The network against the model: mean over layers of the relative distance.
    rules
        The same for the model in the network's rules, with the model's own numbers: what differs
        is the order of sums, or what a spike does. 0 but for near-ties where the rules are alike.
    passes
        How far the model's normal form, which is what everything here is compared with, is from the
        model as it was read; `float_metric` is of that.
    input_most
        The largest magnitude of the encoded input, in units.
    input_error
        RMS of what rounding does to the encoded input, as a part of the input's own.
    clipped
        Values of the raw input, of all `inputs`, beyond full scale.
    parting, readouts
        What is drawn: the sample of the first divergence, and each readout where it differs most.
    """

    pairs: Pairs
    samples: int
    steps: int
    float_metric: Metric | None
    fixed_metric: Metric | None
    layers: tuple[LayerReport, ...]
    first: FirstDivergence | None
    causes: tuple[Cause, ...]
    total: float
    rules: float
    passes: float
    input_most: int
    input_error: float
    clipped: int
    inputs: int
    parting: course.Spikes | None
    readouts: dict[str, course.Readout]

    @property
    def slots(self) -> int:
        """Steps of all samples."""
        return self.samples * self.steps

    @property
    def seconds(self) -> float:
        """Time of the model, all samples together."""
        return self.slots * self.pairs.model.dt


def explain_network(
    pairs: Pairs,
    batches: Iterable[Batch],
    count: int,
    scoring: Scoring,
    progress: Progress = lambda done, total: None,
) -> Explanation:
    """Compare a model and its network on data, and find what each part of the integers costs.

    What is held at a time is one batch and sums over those before.

    Parameters
    ----------
    batches
        Samples in their order, at least one batch.
    count
        How many batches there are, for `progress`.

    Raises
    ------
    RanvierError
        N090 where the golden model does not execute the network.
    """
    work = Ablation(pairs, scoring, count, progress)
    float_score, fixed_score = scoring(), scoring()
    layers: dict[str, LayerReport] = {}
    rules = {p.name: Distance(0.0, 0.0) for p in pairs.layers}
    passes: dict[str, Distance] = {}
    off = Distance(0.0, 0.0)
    readouts: dict[str, course.Readout] = {}
    first: FirstDivergence | None = None
    parting: course.Spikes | None = None
    samples = steps = most = clipped = inputs = 0
    for b in batches:
        golden = reference.simulate(pairs.network, b.raw)
        samples, steps = b.at.stop, golden.out.shape[1]
        trace, found = run_float(pairs, b.x, golden, steps if first is None else first.step)
        original = run_original(pairs, b.x)
        for name, distance in changed(pairs, original, trace).items():
            passes[name] = passes.get(name, Distance(0.0, 0.0)) + distance
        if found is not None:
            parting = course.spikes(found, found.sample, trace, golden)
            first = replace(found, sample=b.at.start + found.sample)
        if float_score is not None and fixed_score is not None:
            float_score.add(b.at, original.out, original.classes)
            fixed_score.add(b.at, answers(pairs, golden.spikes, golden.v), golden.classes)
        real, whole = b.x.astype(np.float64) / pairs.input_unit, golden.inputs.astype(np.float64)
        base, exact = work.add(b.at, real, whole)
        for p in pairs.layers:
            layers[p.name] = _with(layers.get(p.name), _layer(p, trace, golden, exact))
            rules[p.name] += _from_model(p, trace, base.spikes, base.v)
            if not p.neurons.fires:
                here = course.readout(p, b.at.start, trace, golden)
                if p.name not in readouts or here.apart > readouts[p.name].apart:
                    readouts[p.name] = here
        off += values_apart(real, whole)
        most = max(most, int(np.abs(golden.inputs).max(initial=0)))
        clipped, inputs = clipped + b.clipped, inputs + b.raw.size
    reports = tuple(layers.values())
    return Explanation(
        pairs=pairs,
        samples=samples,
        steps=steps,
        float_metric=None if float_score is None else float_score.metric(),
        fixed_metric=None if fixed_score is None else fixed_score.metric(),
        layers=reports,
        first=first,
        causes=work.causes(),
        total=float(np.mean([r.distance.relative for r in reports])),
        rules=float(np.mean([d.relative for d in rules.values()])),
        passes=float(np.mean([d.relative for d in passes.values()] or [0.0])),
        input_most=most,
        input_error=float(np.sqrt(off.relative)),
        clipped=clipped,
        inputs=inputs,
        parting=parting,
        readouts=readouts,
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


def _with(so_far: LayerReport | None, more: LayerReport) -> LayerReport:
    """Return the report of one layer on the samples of both."""
    if so_far is None:
        return more
    return LayerReport(
        more.pair,
        so_far.distance + more.distance,
        so_far.differing + more.differing,
        so_far.float_spikes + more.float_spikes,
        so_far.fixed_spikes + more.fixed_spikes,
        so_far.hits + more.hits,
        so_far.hit_steps + more.hit_steps,
    )


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
