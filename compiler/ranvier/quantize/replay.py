# SPDX-License-Identifier: Apache-2.0
"""Runs one population of a network on what its sources gave, as often as its numbers are tried."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranvier import connections
from ranvier.bounds import shifted
from ranvier.ir import IntArray, Population, Projection
from ranvier.qformat import int_max, int_min
from ranvier.update import State, step

Given = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Replay:
    """What a population did: spikes and membranes, (samples, steps, size)."""

    spikes: NDArray[np.integer]
    v: NDArray[np.int32]


def drives(
    size: int, synapses: int, incoming: tuple[Projection, ...], given: Given, like: tuple[int, int]
) -> NDArray[np.integer]:
    """Return the sums that arrive from outside the population, (steps, synapses, samples, size).

    Parameters
    ----------
    given
        What each source gave, (samples, steps, source's size).
    like
        (samples, steps).
    """
    samples, steps = like
    total: NDArray[np.integer] = np.zeros((steps, max(1, synapses), samples, size), np.int32)
    for q in incoming:
        signal = given[q.source]
        for t in range(q.delay, steps):
            y = connections.apply(q.connection, signal[:, t - q.delay].astype(np.int64))
            now = total[t, q.synapse] + shifted(y, q.shift)
            if not _fits(now):
                total = total.astype(np.int64)
            total[t, q.synapse] = now
    return total


def _fits(x: IntArray) -> bool:
    """Tell whether 32 bits, half the memory, hold x."""
    return int_min(32) <= int(x.min(initial=0)) and int(x.max(initial=0)) <= int_max(32)


def replay(p: Population, own: tuple[Projection, ...], arriving: NDArray[np.integer]) -> Replay:
    """Run `p` on what arrives from outside and, through its `own` projections, from itself."""
    steps, _, samples, size = arriving.shape
    state = State(
        v=np.zeros((samples, size), np.int64),
        synapses=[np.zeros((samples, size), np.int64) for _ in p.synapses],
    )
    spikes = np.zeros((samples, steps, size), np.uint8)
    v = np.zeros((samples, steps, size), np.int32)
    for t in range(steps):
        x = [a.astype(np.int64) for a in arriving[t]]
        for q in own:
            if t >= q.delay:
                past = spikes[:, t - q.delay].astype(np.int64)
                x[q.synapse] = x[q.synapse] + shifted(
                    connections.apply(q.connection, past), q.shift
                )
        spikes[:, t] = step(p, state, x)
        v[:, t] = state.v
    return Replay(spikes=spikes, v=v)
