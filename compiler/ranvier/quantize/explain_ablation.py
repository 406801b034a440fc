# SPDX-License-Identifier: Apache-2.0
"""Takes the parts of a network one at a time, and measures what each does to the model."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranvier.floating import decode as decode_float
from ranvier.ir import INPUT
from ranvier.metrics import Metric
from ranvier.nodes import FloatArray
from ranvier.quantize.explain_distance import spikes_apart, values_apart
from ranvier.quantize.explain_layer import CAUSES
from ranvier.quantize.explain_mixed import Mixed, Part, run_mixed
from ranvier.quantize.explain_pair import Pairs
from ranvier.reference import Trace

# From answers in real units, (samples, steps, outputs), and classes, (samples,).
Score = Callable[[NDArray[np.floating], NDArray[np.int64]], Metric | None]
Progress = Callable[[int, int], None]


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


def answers(
    pairs: Pairs, spikes: Mapping[str, NDArray[np.integer]], v: Mapping[str, NDArray[Any]]
) -> FloatArray:
    """Return what the decoder reads in real units, (samples, steps, outputs)."""
    parts = [
        spikes[name].astype(np.float64) if name in spikes else v[name] * pairs.layer(name).unit
        for name in pairs.model.outputs
    ]
    return np.concatenate(parts, axis=2)


class Ablation:
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
        out = answers(self._pairs, mixed.spikes, mixed.v)
        classes = decode_float(self._pairs.model.decode, out.astype(np.float32)).argmax(axis=1)
        metric = self._score(out, classes)
        return Effect(metric, float(np.mean(list(layers.values()))), layers, kept)
