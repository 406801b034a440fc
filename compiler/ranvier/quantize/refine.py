# SPDX-License-Identifier: Apache-2.0
"""Makes up for rounding, layer by layer: first the weights for each other, then thresholds."""

from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from ranvier.ir import IntArray, Network, Population, Projection
from ranvier.model import Model
from ranvier.nodes import Conv, FloatArray, Linear, Map
from ranvier.qformat import int_max
from ranvier.quantize.apart import MOST_COLUMNS, apart, rounded_apart
from ranvier.quantize.draft import Draft
from ranvier.quantize.goal import Goal
from ranvier.quantize.incoming import matrix, with_raw
from ranvier.quantize.layer import population
from ranvier.quantize.moments import moments, traces
from ranvier.quantize.rates import centred, matched
from ranvier.quantize.replay import Given, drives, replay
from ranvier.quantize.rounding import Moments, compensated, factored, loss

CLIPS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)  # of the largest weight, tried for each scale


def refine(
    model: Model, network: Network, drafts: tuple[Draft, ...], goal: Goal, rates: bool
) -> Network:
    """Return `network` with weights, scales and thresholds that serve the calibration best.

    Parameters
    ----------
    network
        Every number rounded to the nearest, as `drafts` say.
    goal
        What is to be matched.
    rates
        Whether thresholds and the biases of readouts are moved as well.
    """
    wanted, given = goal.trace, goal.given()
    like = (wanted.out.shape[0], wanted.out.shape[1])
    for made in drafts:
        name = made.layer.name
        p, incoming = network.population(name), _into(network, name)
        carried = carries(made, given)
        if carried is not None:
            found = rounded(made, carried)
            p = population(model, made.scaled(found.factor))
            incoming = tuple(
                replace(q, connection=with_raw(m.map, raw))
                for q, m, raw in zip(incoming, made.incoming, found.raw, strict=True)
            )
        else:
            each = rounded_apart(made, apart(made, given))
            incoming = tuple(replace(q, connection=c) for q, c in zip(incoming, each, strict=True))
        outside = tuple(q for q in incoming if q.source != name)
        own = tuple(q for q in incoming if q.source == name)
        arriving = drives(p.size, len(p.synapses), outside, given, like)
        if p.fire is not None:
            if rates:
                p = matched(p, own, arriving, wanted.spikes[name])
            given[name] = replay(p, own, arriving).spikes
        elif rates:
            unit = goal.network.population(name).scale
            p = centred(p, replay(p, own, arriving), wanted.v[name].mean(axis=(0, 1)) * unit, made)
        network = _with(network, p, incoming)
    return network


@dataclass(frozen=True, slots=True)
class Carried:
    """A layer's weights side by side, and what their columns carry.

    Attributes
    ----------
    weight
        Of all maps, (rows, columns).
    moments
        Of equal parts of the rows.
    """

    weight: FloatArray
    moments: tuple[Moments, ...]


@dataclass(frozen=True, slots=True)
class Rounded:
    """A layer's weights as integers.

    Attributes
    ----------
    raw
        By map, (rows, columns).
    factor
        What the draft's units are to be multiplied with, (size,).
    loss
        Mean squared error of each neuron's membrane, real, (size,).
    """

    raw: tuple[IntArray, ...]
    factor: FloatArray
    loss: FloatArray


@dataclass(frozen=True, slots=True)
class _Try:
    """Weights in one scale: `raw` (rows, columns), `loss` (rows,), of each scale `lost` (size,)."""

    factor: FloatArray
    raw: IntArray
    loss: FloatArray
    lost: FloatArray


def carries(made: Draft, given: Given) -> Carried | None:
    """Return what compensation needs of a layer, whatever its bits; None where it has no form.

    Linear maps have one, and a convolution that is the only map; others are rounded `apart`.

    Parameters
    ----------
    given
        What each source gave, (samples, steps, source's size).
    """
    maps = _maps(made)
    whole = len(maps) == 1 and isinstance(maps[0], Conv)
    columns = sum(0 if (w := matrix(m)) is None else w.shape[1] for m in maps)
    if not (whole or all(isinstance(m, Linear) for m in maps)) or columns > MOST_COLUMNS:
        return None
    seen = tuple(traces(given[p.source], p.delay, made.difference) * p.unit for p in made.incoming)
    return Carried(
        weight=np.concatenate([np.asarray(matrix(m)) for m in maps], axis=1),
        moments=tuple(factored(h) for h in moments(maps, seen)),
    )


def rounded(made: Draft, carried: Carried) -> Rounded:
    """Return a layer's weights, compensated, in the best of the scales."""
    maps, rows = _maps(made), len(carried.weight)

    def attempt(clip: float) -> _Try:
        factor = np.maximum(clip, np.minimum(made.finest / made.unit, 1.0))
        steps = _steps(made.scaled(factor), maps, rows)
        raw, lost = _compensated(carried, steps, int_max(made.weight_bits))
        return _Try(factor=factor, raw=raw, loss=lost, lost=_grouped(lost, made))

    best = reduce(_better, map(attempt, CLIPS))
    edges = np.cumsum([np.asarray(matrix(m)).shape[1] for m in maps])[:-1]
    return Rounded(
        raw=tuple(np.split(best.raw, edges, axis=1)),
        factor=best.factor,
        loss=np.repeat(best.loss, made.layer.size // rows),
    )


def _better(a: _Try, b: _Try) -> _Try:
    """Return of every scale what loses less, a where both lose the same."""
    better = b.lost < a.lost
    rows = better.reshape(len(a.raw), -1)[:, 0]
    return _Try(
        factor=np.where(better, b.factor, a.factor),
        raw=np.where(rows[:, None], b.raw, a.raw),
        loss=np.where(rows, b.loss, a.loss),
        lost=np.where(better, b.lost, a.lost),
    )


def _maps(made: Draft) -> tuple[Map, ...]:
    return tuple(p.map for p in made.incoming)


def _steps(made: Draft, maps: tuple[Map, ...], rows: int) -> FloatArray:
    """Return what one unit of each weight is worth, (rows, columns)."""
    parts = [
        np.broadcast_to(
            made.steps(k).reshape(rows, -1)[:, :1], (rows, np.asarray(matrix(m)).shape[1])
        )
        for k, m in enumerate(maps)
    ]
    return np.concatenate(parts, axis=1)


def _compensated(carried: Carried, steps: FloatArray, limit: int) -> tuple[IntArray, FloatArray]:
    """Return the weights as integers, and what each row loses by that, (rows,)."""
    n = len(carried.moments)
    raws, losses = [], []
    for weight, step, m in zip(
        np.split(carried.weight, n), np.split(steps, n), carried.moments, strict=True
    ):
        raw = compensated(weight, step, limit, m)
        raws.append(raw)
        losses.append(loss(weight, raw, step, m.h))
    return np.concatenate(raws), np.concatenate(losses)


def _grouped(lost: FloatArray, made: Draft) -> FloatArray:
    """Return for each neuron the loss of all that share its scale, (size,)."""
    by_neuron = np.repeat(lost, made.layer.size // len(lost))
    total = np.zeros(int(made.groups.max()) + 1)
    np.add.at(total, made.groups, by_neuron)
    return total[made.groups]


def _into(network: Network, name: str) -> tuple[Projection, ...]:
    return tuple(q for q in network.projections if q.target == name)


def _with(network: Network, p: Population, incoming: tuple[Projection, ...]) -> Network:
    """Return `network` with one population and its projections replaced."""
    changed = iter(incoming)
    return replace(
        network,
        populations=tuple(p if x.name == p.name else x for x in network.populations),
        projections=tuple(next(changed) if q.target == p.name else q for q in network.projections),
    )
