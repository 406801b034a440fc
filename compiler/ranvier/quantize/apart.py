# SPDX-License-Identifier: Apache-2.0
"""Rounds layers whose maps are of several kinds: each map by itself, and measures all together."""

from dataclasses import dataclass

import numpy as np

from ranvier import connections
from ranvier.float_maps import ready
from ranvier.ir import Connection, IntArray
from ranvier.nodes import FloatArray, Map
from ranvier.qformat import int_max
from ranvier.quantize.draft import Draft
from ranvier.quantize.incoming import connection, matrix, with_raw
from ranvier.quantize.moments import GRAIN, moments, traces
from ranvier.quantize.replay import Given
from ranvier.quantize.rounding import Moments, compensated, factored

MOST_COLUMNS = 4096  # the inverse of their moments is still a matter of seconds
_MOST_VALUES = 2**22  # of inputs and outputs that an error is measured on


@dataclass(frozen=True, slots=True)
class Apart:
    """What the maps of a layer carry, whatever its bits.

    Attributes
    ----------
    seen
        By map: `traces` of its source in units of that, (observations, sources).
    moments
        By map: of equal parts of its rows; None for a map that is rounded to the nearest.
    """

    seen: tuple[FloatArray, ...]
    moments: tuple[tuple[Moments, ...] | None, ...]


def apart(made: Draft, given: Given) -> Apart:
    """Return what rounding each map by itself needs.

    Parameters
    ----------
    given
        What each source gave, (samples, steps, source's size).
    """
    seen = [traces(given[p.source], p.delay, made.difference) for p in made.incoming]
    factors: list[tuple[Moments, ...] | None] = []
    for p, z in zip(made.incoming, seen, strict=True):
        weight = matrix(p.map)
        whole = weight is not None and weight.shape[1] <= MOST_COLUMNS
        found = moments((p.map,), (z * p.unit,)) if whole else None
        factors.append(None if found is None else tuple(factored(h) for h in found))
    rows = [z.reshape(-1, z.shape[2]) for z in seen]
    values = made.layer.size + sum(z.shape[1] for z in rows)
    stride = max(1, len(rows[0]) * values // _MOST_VALUES) if rows else 1
    return Apart(seen=tuple(z[::stride] for z in rows), moments=tuple(factors))


def rounded_apart(made: Draft, of: Apart) -> tuple[Connection, ...]:
    """Return the maps as integers: compensated where a map has moments, else to the nearest."""
    return tuple(
        connection(p.map, made.steps(k), made.weight_bits)
        if m is None
        else with_raw(p.map, _compensated(p.map, made.steps(k), int_max(made.weight_bits), m))
        for k, (p, m) in enumerate(zip(made.incoming, of.moments, strict=True))
    )


def lost(made: Draft, of: Apart, rounded: tuple[Connection, ...]) -> FloatArray:
    """Return the mean squared error that `rounded` maps make of each membrane, real, (size,)."""
    off = np.zeros((1, made.layer.size))
    for k, (p, z, c) in enumerate(zip(made.incoming, of.seen, rounded, strict=True)):
        whole = connections.apply(c, np.rint(z / GRAIN).astype(np.int64)) * GRAIN
        real = np.asarray(ready(p.map, np.float64)(z * p.unit), np.float64)
        off = off + real - whole * (made.steps(k) * p.unit)
    return np.asarray((off**2).mean(axis=0), np.float64)


def _compensated(node: Map, step: FloatArray, limit: int, parts: tuple[Moments, ...]) -> IntArray:
    weight = np.asarray(matrix(node))
    steps = np.broadcast_to(step.reshape(len(weight), -1)[:, :1], weight.shape)
    n = len(parts)
    found = [
        compensated(w, s, limit, m)
        for w, s, m in zip(np.split(weight, n), np.split(steps, n), parts, strict=True)
    ]
    return np.concatenate(found)
