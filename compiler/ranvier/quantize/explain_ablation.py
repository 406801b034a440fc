# SPDX-License-Identifier: Apache-2.0
"""Takes the parts of a network one at a time, and measures what each does to the model."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ranvier.floating import decode as decode_float
from ranvier.ir import INPUT
from ranvier.metrics import Metric
from ranvier.nodes import FloatArray
from ranvier.quantize.explain_distance import Distance, apart, from_silence
from ranvier.quantize.explain_layer import CAUSES
from ranvier.quantize.explain_mixed import Mixed, Part, run_mixed
from ranvier.quantize.explain_pair import Pairs

Progress = Callable[[int, int], None]


class Scorer(Protocol):
    """Adds up how well answers fit their labels."""

    def add(self, part: slice, out: NDArray[Any], classes: NDArray[np.int64]) -> None:
        """Score real answers, (samples, steps, outputs), and classes, of the samples `part`."""

    def metric(self) -> Metric:
        """Return the score of all samples."""


Scoring = Callable[[], Scorer | None]  # a new one; None without labels


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


class Tally:
    """What one mixture did to the model, a batch of samples at a time."""

    def __init__(self, pairs: Pairs, scorer: Scorer | None) -> None:
        self._pairs, self._scorer = pairs, scorer
        self._apart = {p.name: Distance(0.0, 0.0) for p in pairs.layers}
        self._spikes = {p.name: (0, 0) for p in pairs.layers if p.neurons.fires}

    def add(self, at: slice, base: Mixed, mixed: Mixed, silence: dict[str, float]) -> bool:
        """Add the samples `at`; return whether a layer did anything else than in `base`.

        Parameters
        ----------
        base
            What the model did, `silence` how far each of its layers is from doing nothing.
        """
        moved = False
        for p in self._pairs.layers:
            squared = 0.0 if mixed is base else apart(p, base, mixed)
            moved = moved or squared > 0
            self._apart[p.name] += Distance(squared, silence[p.name])
            if p.neurons.fires:
                a, b = (int(m.spikes[p.name].sum(dtype=np.int64)) for m in (base, mixed))
                before = self._spikes[p.name]
                self._spikes[p.name] = before[0] + a, before[1] + b
        if self._scorer is not None:
            out = answers(self._pairs, mixed.spikes, mixed.v)
            classes = decode_float(self._pairs.model.decode, out.astype(np.float32)).argmax(axis=1)
            self._scorer.add(at, out, classes)
        return moved

    def effect(self) -> Effect:
        """Return what it did on all samples."""
        layers = {name: d.relative for name, d in self._apart.items()}
        kept = {name: b / max(1, a) for name, (a, b) in self._spikes.items()}
        metric = None if self._scorer is None else self._scorer.metric()
        return Effect(metric, float(np.mean(list(layers.values()))), layers, kept)


class Ablation:
    """Runs every mixture on each batch of samples, and compares each with the model.

    Parameters
    ----------
    batches
        How many there will be; `progress` is told of that many times all mixtures.
    """

    def __init__(self, pairs: Pairs, scoring: Scoring, batches: int, progress: Progress) -> None:
        self._pairs, self._progress = pairs, progress
        self._names = [p.name for p in pairs.layers]
        self._done = 0
        self._total = (2 * len(CAUSES) + (len(CAUSES) - 1) * len(self._names)) * batches
        self._everything = {part for cause in CAUSES for part in self._parts(cause)}
        self._alone = {name: Tally(pairs, scoring()) for name in CAUSES}
        self._repaired = {name: Tally(pairs, scoring()) for name in CAUSES}
        self._each = {
            cause: {name: Tally(pairs, scoring()) for name in self._names if cause != INPUT}
            for cause in CAUSES
        }

    def add(self, at: slice, real: FloatArray, whole: FloatArray) -> tuple[Mixed, Mixed]:
        """Run the samples `at`; return the mixture of no part and that of every part.

        Parameters
        ----------
        real, whole
            As `run_mixed` takes them.
        """

        def run(on: set[Part]) -> Mixed:
            return run_mixed(self._pairs, real, whole, on)

        def idle(parts: set[Part], beyond: set[str]) -> bool:
            """Tell whether parts are alike on both sides: a whole input, states within limits."""
            return all(
                np.array_equal(real, whole)
                if cause == INPUT
                else cause == "saturation" and name not in beyond
                for cause, name in parts
            )

        base, exact = run(set()), run(self._everything)
        silence = {p.name: from_silence(p, base) for p in self._pairs.layers}
        for cause in CAUSES:
            parts = self._parts(cause)
            mixed = base if idle(parts, base.beyond) else run(parts)
            moved = self._alone[cause].add(at, base, mixed, silence)
            self._tick()
            less = exact if idle(parts, exact.beyond) else run(self._everything - parts)
            self._repaired[cause].add(at, base, less, silence)
            self._tick()
            for name, tally in self._each[cause].items():
                # Where all layers together give what the model gives, every layer got what it gets
                # in the model and gave the same: each by itself does so too.
                one = {(cause, name)}
                if len(self._names) > 1 and moved:
                    mixed = base if idle(one, base.beyond) else run(one)
                tally.add(at, base, mixed, silence)
                self._tick()
        return base, exact

    def causes(self) -> tuple[Cause, ...]:
        """Return every cause, the largest share first."""
        alone = {name: tally.effect() for name, tally in self._alone.items()}
        whole = sum(effect.distance for effect in alone.values())
        causes = [
            Cause(
                name=name,
                alone=effect,
                repaired=self._repaired[name].effect(),
                share=effect.distance / whole if whole else 0.0,
                per_layer={k: tally.effect() for k, tally in self._each[name].items()},
            )
            for name, effect in alone.items()
        ]
        return tuple(sorted(causes, key=lambda c: -c.share))

    def _parts(self, cause: str) -> set[Part]:
        return {(cause, cause)} if cause == INPUT else {(cause, name) for name in self._names}

    def _tick(self) -> None:
        self._done += 1
        self._progress(self._done, self._total)
