# SPDX-License-Identifier: Apache-2.0
"""Makes up for rounding, layer by layer: first the weights for each other, then thresholds."""

from dataclasses import dataclass, replace

import numpy as np

from ranvier import reference
from ranvier.ir import INPUT, IntArray, Network, Population, Projection
from ranvier.model import Model
from ranvier.nodes import Conv, FloatArray, Linear, Map
from ranvier.qformat import int_max
from ranvier.quantize.incoming import matrix, with_raw
from ranvier.quantize.layer import Draft, population
from ranvier.quantize.moments import moments, traces
from ranvier.quantize.rates import centred, matched
from ranvier.quantize.replay import Given, drives, replay
from ranvier.quantize.rounding import compensated, loss

CLIPS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)  # of the largest weight, tried for each scale
_MOST_VALUES = 2**22  # inputs and membranes of the recordings that are replayed
FEWEST = 8  # recordings
_MOST_COLUMNS = 4096  # the inverse of their moments is still a matter of seconds


def refine(
    model: Model,
    network: Network,
    drafts: tuple[Draft, ...],
    exact: Network,
    raw: IntArray,
    rates: bool,
) -> Network:
    """Return `network` with weights, scales and thresholds that serve the calibration best.

    Parameters
    ----------
    network
        Every number rounded to the nearest, as `drafts` say.
    exact
        The same model at 16-bit weights and 32-bit states: what is to be matched. Being integers,
        it does the same on every computer.
    raw
        Calibration samples, (samples, raw steps, channels).
    rates
        Whether thresholds and the biases of readouts are moved as well.
    """
    wanted = reference.simulate(exact, raw)
    given: Given = {INPUT: wanted.inputs, **wanted.spikes}
    like = (wanted.out.shape[0], wanted.out.shape[1])
    for made in drafts:
        name = made.layer.name
        p, incoming = network.population(name), _into(network, name)
        found = rounded(made, given)
        if found is not None:
            p = population(model, made.scaled(found.factor))
            incoming = tuple(
                replace(q, connection=with_raw(m.map, raw))
                for q, m, raw in zip(incoming, made.incoming, found.raw, strict=True)
            )
        outside = tuple(q for q in incoming if q.source != name)
        own = tuple(q for q in incoming if q.source == name)
        arriving = drives(p.size, len(p.synapses), outside, given, like)
        if p.fire is not None:
            if rates:
                p = matched(p, own, arriving, wanted.spikes[name])
            given[name] = replay(p, own, arriving).spikes
        elif rates:
            unit = exact.population(name).scale
            p = centred(p, replay(p, own, arriving), wanted.v[name].mean(axis=(0, 1)) * unit, made)
        network = _with(network, p, incoming)
    return network


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


def rounded(made: Draft, given: Given) -> Rounded | None:
    """Return a layer's weights, compensated, in the best of the scales; None where none apply.

    Parameters
    ----------
    given
        What each source gave, (samples, steps, source's size).
    """
    maps = tuple(p.map for p in made.incoming)
    whole = len(maps) == 1 and isinstance(maps[0], Conv)
    columns = sum(0 if (w := matrix(m)) is None else w.shape[1] for m in maps)
    if not (whole or all(isinstance(m, Linear) for m in maps)) or columns > _MOST_COLUMNS:
        return None
    seen = tuple(traces(given[p.source], p.delay, made.difference) * p.unit for p in made.incoming)
    h = moments(maps, seen)
    weight = np.concatenate([np.asarray(matrix(m)) for m in maps], axis=1)
    least: FloatArray | None = None
    for clip in CLIPS:
        factor = np.maximum(clip, np.minimum(made.finest / made.unit, 1.0))
        steps = _steps(made.scaled(factor), maps, len(weight))
        raw = _compensated(weight, steps, int_max(made.weight_bits), h)
        by_row = _loss(weight, raw, steps, h)
        lost = _grouped(by_row, made)
        if least is None:
            least, best, best_factor, best_loss = lost, raw, factor, by_row
            continue
        better = lost < least
        rows = better.reshape(len(weight), -1)[:, 0]
        least = np.where(better, lost, least)
        best = np.where(rows[:, None], raw, best)
        best_factor = np.where(better, factor, best_factor)
        best_loss = np.where(rows, by_row, best_loss)
    edges = np.cumsum([np.asarray(matrix(m)).shape[1] for m in maps])[:-1]
    return Rounded(
        raw=tuple(np.split(best, edges, axis=1)),
        factor=best_factor,
        loss=np.repeat(best_loss, made.layer.size // len(weight)),
    )


def recordings(network: Network, steps: int) -> int:
    """Return how many recordings of so many steps are replayed: as many as fit, and never few."""
    each = network.encoding.channels + sum(p.size for p in network.populations)
    return max(FEWEST, _MOST_VALUES // max(1, steps * each))


def _steps(made: Draft, maps: tuple[Map, ...], rows: int) -> FloatArray:
    """Return what one unit of each weight is worth, (rows, columns)."""
    parts = [
        np.broadcast_to(
            made.steps(k).reshape(rows, -1)[:, :1], (rows, np.asarray(matrix(m)).shape[1])
        )
        for k, m in enumerate(maps)
    ]
    return np.concatenate(parts, axis=1)


def _compensated(
    weight: FloatArray, steps: FloatArray, limit: int, h: list[FloatArray]
) -> IntArray:
    each = len(weight) // len(h)
    parts = [
        compensated(weight[g * each : (g + 1) * each], steps[g * each : (g + 1) * each], limit, m)
        for g, m in enumerate(h)
    ]
    return np.concatenate(parts)


def _loss(weight: FloatArray, raw: IntArray, steps: FloatArray, h: list[FloatArray]) -> FloatArray:
    each = len(weight) // len(h)
    parts = []
    for g, m in enumerate(h):
        rows = slice(g * each, (g + 1) * each)
        parts.append(loss(weight[rows], raw[rows], steps[rows], m))
    return np.concatenate(parts)


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
