# SPDX-License-Identifier: Apache-2.0
"""What arrives at a population's synapses in one step, by each way of adding it up."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ranvier import connections
from ranvier.bounds import shifted
from ranvier.ir import IntArray, Network, Population, Projection
from ranvier.qformat import int_max, int_min
from ranvier.update import State


@dataclass(frozen=True, slots=True)
class Path:
    """One projection, what does not depend on the spikes done once.

    Attributes
    ----------
    sums
        From what the source gave, (samples, sources), to the exact sums, (samples, targets).
    matrix
        The shifted weights, (targets, sources), where events are added one by one; else None.
    """

    projection: Projection
    sums: Callable[[IntArray], IntArray]
    matrix: IntArray | None

    @property
    def source(self) -> str:
        """Where it comes from."""
        return self.projection.source

    @property
    def delay(self) -> int:
        """Steps that it takes."""
        return self.projection.delay


Given: TypeAlias = tuple[Path, IntArray]


def paths(network: Network, p: Population) -> tuple[Path, ...]:
    """Return the projections onto `p`, in the network's order."""
    return tuple(path(p, q) for q in network.projections if q.target == p.name)


def path(p: Population, q: Projection) -> Path:
    """Return one projection onto `p`, ready to be applied."""
    single = bool(p.synapses) and p.synapses[q.synapse].accumulate == "per-event"
    return Path(
        projection=q,
        sums=connections.ready(q.connection),
        matrix=shifted(connections.matrix(q.connection), q.shift) if single else None,
    )


def drives(p: Population, state: State, given: Sequence[Given]) -> list[IntArray]:
    """Return what each synapse takes, (samples, size) each; one sum where there is no synapse.

    Parameters
    ----------
    given
        Each path with what its source gave, (samples, sources), in the network's order.
    """
    result = [np.zeros_like(state.v) for _ in p.synapses or (None,)]
    full = [np.zeros(state.v.shape, np.bool_) for _ in p.synapses]
    for way, x in given:
        k, shift = way.projection.synapse, way.projection.shift
        if way.matrix is None:
            result[k] = result[k] + shifted(way.sums(x), shift)
        else:
            before = state.synapses[k]
            held, hit = _one_by_one(way.matrix, x, before + result[k], p.synapses[k].bits)
            result[k] = held - before
            full[k] |= hit
    for k, s in enumerate(p.synapses):
        if s.accumulate == "ring-buffer":
            most = ((1 << s.ring_bits) - 1) << _ring_shift(given, k)
            full[k] = result[k] > most
            result[k] = np.minimum(result[k], most)
        state.saturations += int(np.count_nonzero(full[k]))
    return result


def _ring_shift(given: Sequence[Given], synapse: int) -> int:
    """Return the shift of all paths into a ring buffer, so that what is shifted can be limited."""
    return next((w.projection.shift for w, _ in given if w.projection.synapse == synapse), 0)


def _one_by_one(
    w: IntArray, x: IntArray, i: IntArray, bits: int
) -> tuple[IntArray, NDArray[np.bool_]]:
    """Add every event to a synaptic state, (samples, size); return it, and where it saturated.

    Events of one source follow each other and have one weight, so that n of them saturate as their
    sum does. Where not even the sum of all that is positive, or negative, leaves the word, no order
    of them does.
    """
    low, high = int_min(bits), int_max(bits)
    hit = np.zeros(i.shape, np.bool_)
    up = i + x @ np.maximum(w, 0).T
    down = i + x @ np.minimum(w, 0).T
    if int(up.max(initial=0)) <= high and int(down.min(initial=0)) >= low:
        return up + down - i, hit
    for j in np.flatnonzero(x.any(axis=0)):
        total = i + x[:, j, None] * w[:, j]
        i = np.clip(total, low, high)
        hit |= i != total
    return i, hit
