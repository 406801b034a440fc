# SPDX-License-Identifier: Apache-2.0
"""Takes raw counts for events, each channel's as often as it counts, where they are few.

Most bins of most channels count nothing, so that a step's input is a short list. How many events
16-bit sums hold is known from the weights; a step that brings more runs as values do.
"""

from dataclasses import replace

import numpy as np

from ranvier import bounds, connections
from ranvier.bounds import Interval
from ranvier.ir import INPUT, Network
from ranvier.targets.mcu.cores import Family
from ranvier.targets.mcu.encoding import taken
from ranvier.targets.mcu.narrow import fits_pairs, leaky_in_pairs, of_events
from ranvier.targets.mcu.plan import Plan, PopulationPlan, ProjectionPlan

_WORTH = 8  # the list pays where a step may bring an event for so many channels, or more


def counted(plan: Plan, family: Family) -> Plan:
    """Return `plan` with lists of events for steps of few counts, or as it is; exact."""
    readers = [p for p in plan.populations if any(_of_input(q) for q in p.projections)]
    if family != "dsp" or not _counts(plan) or not all(map(_can, readers)):
        return plan
    few = min((_most(plan.network, p) for p in readers), default=0)
    few = min(few, 2 * plan.inputs - 1)
    if few * _WORTH < plan.inputs:
        return plan
    populations = tuple(
        _twofold(plan.network, p, few) if p in readers else p for p in plan.populations
    )
    return replace(plan, populations=populations, few=few)


def _counts(plan: Plan) -> bool:
    """Tell whether raw samples may be numbers of events, and only those of this step are needed."""
    e = plan.network.encoding
    return taken(plan) and e.raw == "uint8" and e.raw_low == 0 and not plan.input_history


def _of_input(q: ProjectionPlan) -> bool:
    return q.projection.source == INPUT


def _can(p: PopulationPlan) -> bool:
    """Tell whether there are kernels for a population that reads counts as events."""
    return (
        p.word == 16
        and len(p.population.synapses) <= 1
        and p.shifts[0] >= 0  # large values would be shifted right
        and all(fits_pairs(q) and (_of_input(q) or not q.values) for q in p.projections)
    )


def _most(network: Network, p: PopulationPlan) -> int:
    """Return how many events of the input a population's 16-bit sums hold, whichever they are.

    They hold more where they aren't shifted to the membrane's scale; but the fast kernel shifts
    them, and is preferred while it holds enough.
    """
    inputs = [q for q in p.projections if _of_input(q)]
    weights = [connections.matrix(q.projection.connection) for q in inputs]
    most = sum((np.maximum(w.max(axis=1), 0) for w in weights), np.zeros(1, np.int64))
    least = sum((np.minimum(w.min(axis=1), 0) for w in weights), np.zeros(1, np.int64))
    other = _others(network, p)

    def held(high: int) -> int:
        above = (high - other.high) // np.maximum(most, 1)
        below = (high + other.low) // np.maximum(-least, 1)
        return max(0, int(min(above.min(), below.min())))

    nothing = Interval(np.zeros(1, np.int64), np.zeros(1, np.int64))
    if p.shifts[0] >= 0 and leaky_in_pairs(p, nothing):
        shifted = held(32767 >> p.shifts[0])
        if shifted * _WORTH >= weights[0].shape[1]:
            return shifted
    return held(32767)


def _others(network: Network, p: PopulationPlan) -> Interval:
    """Return what projections from elsewhere may add up to."""
    low = high = np.zeros(p.population.size, np.int64)
    for q in p.projections:
        if not _of_input(q):
            total = bounds.sum_interval(network, q.projection)
            low, high = low + total.low, high + total.high
    return Interval(low, high)


def _twofold(network: Network, p: PopulationPlan, few: int) -> PopulationPlan:
    """Return how a population runs on many events, and on `few`."""
    other = _others(network, p)
    low, high = other.low, other.high
    for q in p.projections:
        if _of_input(q):
            w = connections.matrix(q.projection.connection)
            low = low + few * np.minimum(w.min(axis=1), 0)
            high = high + few * np.maximum(w.max(axis=1), 0)
    events = replace(p, projections=tuple(replace(q, values=False) for q in p.projections))
    narrow = of_events(events, Interval(low, high), "dsp")
    laid = zip(p.projections, narrow.projections, strict=True)
    return replace(
        p,
        few=narrow,
        group=narrow.group,
        projections=tuple(replace(q, layout=e.layout) for q, e in laid),
    )
