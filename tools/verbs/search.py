# SPDX-License-Identifier: Apache-2.0
"""``ranvier quantize --limit``: the bits of each layer that the limits leave room for."""

import math
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ranvier import floating, reference
from ranvier.errors import RanvierError
from ranvier.frontends.data import Data
from ranvier.frontends.options import ModelOptions
from ranvier.ir import Network
from ranvier.metrics import Metric
from ranvier.model import Model
from ranvier.quantize.formats import Formats, checked
from ranvier.quantize.search import Mix, pareto
from ranvier.quantize.sparse import described
from ranvier.targets.mcu import memory
from ranvier.targets.mcu.lower import lower
from ranvier.tools.verbs import prepare
from ranvier.tools.verbs.load import as_data, load_model

_LIMIT = re.compile(r"(rom|footprint|accuracy|r2)=(-?[0-9]+(?:\.[0-9]+)?)(k?)\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a network may cost.

    Attributes
    ----------
    rom
        Bytes of its tables as the microcontroller target stores them today.
    footprint
        The same with weights, and indices of sparse maps, packed to their bits.
    points
        Percentage points that the metric may fall below the float model's on the calibration data.
    metric
        Which metric that is, ``accuracy`` or ``r2``; None: the one that the data have.
    """

    rom: int | None = None
    footprint: int | None = None
    points: float | None = None
    metric: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The mixes on the Pareto front, and the one that meets the limits.

    Attributes
    ----------
    counted
        What sizes are: ``rom`` or ``footprint``.
    scored
        What scores are: the metric, or how far the answers are from the float model's, negative.
    """

    mixes: tuple[Mix, ...]
    chosen: Mix
    counted: str
    scored: str
    float_score: float

    def to_json(self) -> dict[str, Any]:
        """Return the table as plain data."""
        return {
            "counted": self.counted,
            "scored": self.scored,
            "float": self.float_score,
            "mixes": [{**asdict(m), "bits": dict(m.bits)} for m in self.mixes],
            "chosen": dict(self.chosen.bits),
        }


def parse_limits(said: tuple[str, ...]) -> Limits:
    """Return limits given as ``rom=32k``, ``footprint=20k`` or ``accuracy=-0.5``.

    Raises
    ------
    RanvierError
        Q010 for what is none of these.
    """
    found: dict[str, Any] = {}
    for text in said:
        match = _LIMIT.match(text)
        number = float(match[2]) if match else math.nan
        points = match is not None and match[1] in ("accuracy", "r2")
        bad = match is None or not math.isfinite(number) or (number > 0) == points
        if match is None or bad or (points and match[3]):
            raise RanvierError(
                "Q010", f"{text!r} is no limit", loc="--limit",
                hint="rom=32k, footprint=20k, accuracy=-0.5 (percentage points)",
            )  # fmt: skip
        if points:
            found |= {"points": number, "metric": match[1]}
        else:
            found[match[1]] = int(number * (1024 if match[3] else 1))
    if {"rom", "footprint"} <= set(found) or len(found.keys() - {"metric"}) < len(said):
        raise RanvierError(
            "Q010", "a size is limited twice, or an accuracy is", loc="--limit",
            hint="give one of rom and footprint, and one of accuracy and r2",
        )  # fmt: skip
    return Limits(**found)


def search(
    model: Model | str | Path,
    calib: Data | str | Path,
    limits: Limits,
    *,
    formats: Formats | None = None,
    options: ModelOptions | None = None,
) -> Found:
    """Find the bits of each layer that lose least within the limits, on the calibration data alone.

    Raises
    ------
    RanvierError
        Q010 for word lengths that do not exist, Q011 where no mix meets the limits (it names the
        nearest) or the data have another metric, Q013 where `formats` say the bits of weights.
    """
    fixed = checked(formats or Formats())
    refuse_weights(fixed.weights, fixed.layers)
    found = load_model(model, options)
    data = prepare.for_model(found, as_data(calib))
    trace = floating.simulate(found, data.x, keep=())
    metric = prepare.score(trace.out, trace.classes, data, data.name)
    _check_metric(limits, metric, data.name)
    reach = float(np.sqrt(np.mean(trace.out.astype(np.float64) ** 2))) or 1.0

    def score(network: Network) -> float:
        got = reference.simulate(network, prepare.raw_samples(network, data), keep=())
        real = got.out * network.output_scale
        if metric is None:
            return -float(np.sqrt(np.mean((real - trace.out) ** 2)) / reach)
        made = prepare.score(real, got.classes, data, data.name)
        assert made is not None
        return made.value

    counted = "footprint" if limits.footprint is not None and limits.rom is None else "rom"
    sizes = _footprint if counted == "footprint" else _rom
    mixes = pareto(found, data, fixed, sizes, score)
    goal = metric.value if metric is not None else 0.0
    return Found(
        mixes=mixes,
        chosen=_choose(mixes, limits, counted, goal, found.name),
        counted=counted,
        scored=metric.name if metric is not None else "distance from the float model's answers",
        float_score=goal,
    )


def refuse_weights(weights: int | None, layers: tuple[tuple[str, int], ...]) -> None:
    """Refuse the bits of weights where a search chooses them: Q013."""
    if weights is not None or layers:
        raise RanvierError(
            "Q013", "--limit chooses the bits of each layer", loc="--weights",
            hint="leave out one of them",
        )  # fmt: skip


def _check_metric(limits: Limits, metric: Metric | None, loc: str) -> None:
    """Refuse a limit of a metric that the calibration data do not have: Q011."""
    if limits.points is None:
        return
    if metric is None:
        raise RanvierError(
            "Q011", "a limit of accuracy needs labelled calibration data", loc=loc,
            hint="add y to the recordings, or limit the size",
        )  # fmt: skip
    if limits.metric not in (None, metric.name):
        raise RanvierError(
            "Q011", f"{limits.metric} is limited, but the metric of these data is {metric.name}",
            loc=loc, hint=f"say --limit {metric.name}={limits.points:g}",
        )  # fmt: skip


def _choose(mixes: tuple[Mix, ...], limits: Limits, counted: str, goal: float, loc: str) -> Mix:
    """Return the mix that meets the limits: the smallest good enough, or the best that fits."""
    size = limits.rom if counted == "rom" else limits.footprint
    small = [m for m in mixes if size is None or m.size <= size]
    if limits.points is None:
        fitting = sorted(small, key=lambda m: (-m.score, m.size))
    else:
        least = goal + limits.points / 100
        fitting = [m for m in small if m.score >= least - 1e-12]
    if fitting:
        return fitting[0]
    near = min(mixes, key=lambda m: m.size) if not small else max(small, key=lambda m: m.score)
    bits = ", ".join(f"{name}={b}" for name, b in near.bits)
    raise RanvierError(
        "Q011", f"no mix of bits meets the limits; nearest: {bits} with {near.size} bytes and"
        f" {near.score:.4f}",
        loc=loc, hint="allow more bytes or a larger loss",
    )  # fmt: skip


def _rom(network: Network) -> dict[str, int]:
    return {m.name: m.rom for m in memory.layers(lower(network))}


def _footprint(network: Network) -> dict[str, int]:
    """Return each layer's bytes with weights, and indices of sparse maps, packed to their bits."""
    plan = lower(network)
    found = {}
    for p, m in zip(plan.populations, memory.layers(plan), strict=True):
        maps = [q.projection for q in p.projections]
        bits = sum(described(q.connection, q.bits) for q in maps)
        stored = sum(q.layout.rom for q in p.projections)
        found[m.name] = m.rom - stored + -(-bits // 8)
    return found
