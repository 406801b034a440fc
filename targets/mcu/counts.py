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
from ranvier.targets.mcu.families import KERNELS, Kernels
from ranvier.targets.mcu.narrow import of_events, reach
from ranvier.targets.mcu.plan import Plan, PopulationPlan, ProjectionPlan

_WORTH = 8  # the list pays where a step may bring an event for so many channels, or more


def counted(plan: Plan, family: Family) -> Plan:
    """Return `plan` with lists of events for steps of few counts, or as it is; exact."""
    kernels = KERNELS.get(family)
    readers = [p for p in plan.populations if _reads(p)]
    if kernels is None or not _counts(plan) or not all(_can(p, kernels) for p in readers):
        return plan
    few = min((_most(plan.network, p, kernels) for p in readers), default=0)
    few = min(few, 2 * plan.inputs - 1)
    if few * _WORTH < plan.inputs:
        return plan
    populations = tuple(
        _twofold(plan.network, p, few, kernels) if _reads(p) else p for p in plan.populations
    )
    return replace(plan, populations=populations, few=few)


def _reads(p: PopulationPlan) -> bool:
    return any(map(_of_input, p.projections))


def _counts(plan: Plan) -> bool:
    """Tell whether raw samples may be numbers of events, and only those of this step are needed."""
    e = plan.network.encoding
    return taken(plan) and e.raw == "uint8" and e.raw_low == 0 and not plan.input_history


def _of_input(q: ProjectionPlan) -> bool:
    return q.projection.source == INPUT


def _can(p: PopulationPlan, kernels: Kernels) -> bool:
    """Tell whether there are kernels for a population that reads counts as events."""
    return (
        p.word == 16
        and len(p.population.synapses) <= 1
        and p.shifts[0] >= 0  # large values would be shifted right
        and all(kernels.fits(q) and (_of_input(q) or not q.values) for q in p.projections)
    )


def _most(network: Network, p: PopulationPlan, kernels: Kernels) -> int:
    """Return how many events of the input a population's 16-bit sums hold, whichever they are.

    They hold more where they aren't shifted to the membrane's scale; but the fast kernel shifts
    them, and is preferred while it holds enough, where a family says so.
    """
    one, other = _an_event(p), _others(network, p)

    def held(high: int) -> int:
        above = (high - other.high) // np.maximum(one.high, 1)
        below = (high + other.low) // np.maximum(-one.low, 1)
        return max(0, int(min(above.min(), below.min())))

    nothing = Interval(np.zeros(1, np.int64), np.zeros(1, np.int64))
    if kernels.shifted_first and kernels.leaky(p, nothing) in kernels.usual:
        shifted = held(32767 >> p.shifts[0])
        if shifted * _WORTH >= bounds.encoded_size(network.encoding):
            return shifted
    return held(32767)


def _an_event(p: PopulationPlan) -> Interval:
    """Return what one event of the input adds to each neuron at least and at most, or nothing."""
    low = high = np.zeros(p.population.size, np.int64)
    for q in filter(_of_input, p.projections):
        w = connections.matrix(q.projection.connection)
        low, high = low + np.minimum(w.min(axis=1), 0), high + np.maximum(w.max(axis=1), 0)
    return Interval(low, high)


def _others(network: Network, p: PopulationPlan) -> Interval:
    """Return what projections from elsewhere may add up to."""
    elsewhere = tuple(q for q in p.projections if not _of_input(q))
    return reach(network, replace(p, projections=elsewhere))


def _twofold(network: Network, p: PopulationPlan, few: int, kernels: Kernels) -> PopulationPlan:
    """Return how a population runs on many events, and on `few`."""
    one, other = _an_event(p), _others(network, p)
    sums = Interval(other.low + few * one.low, other.high + few * one.high)
    events = replace(p, projections=tuple(replace(q, values=False) for q in p.projections))
    narrow = of_events(events, sums, kernels)
    laid = zip(p.projections, narrow.projections, strict=True)
    return replace(
        p,
        few=narrow,
        group=narrow.group,
        projections=tuple(replace(q, layout=e.layout) for q, e in laid),
    )
