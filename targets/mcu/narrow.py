# SPDX-License-Identifier: Apache-2.0
"""Says which populations have their inputs summed in 16 bits, and which kernels then run them.

Additions wrap, so that only the sum of a whole step must fit.
"""

from dataclasses import replace

import numpy as np

from ranvier import bounds
from ranvier.bounds import Interval
from ranvier.ir import INPUT, Network
from ranvier.targets.mcu.cores import Family
from ranvier.targets.mcu.costs import faster, words_of
from ranvier.targets.mcu.families import KERNELS, Kernels, plain, shifted
from ranvier.targets.mcu.layouts import PAIRED, Layout
from ranvier.targets.mcu.layouts_words import Entries, Runs
from ranvier.targets.mcu.plan import PopulationPlan, ProjectionPlan


def narrowed(network: Network, plan: PopulationPlan, family: Family) -> PopulationPlan:
    """Return `plan` with 16-bit sums where they fit, else as it is."""
    if plan.word != 16 or len(plan.population.synapses) > 1 or not plan.projections:
        return plan
    found = replace(plan, projections=tuple(faster(q, family) for q in plan.projections))
    found = _narrowed(network, found, family)
    return found if found.narrow else plan


def _narrowed(network: Network, plan: PopulationPlan, family: Family) -> PopulationPlan:
    sums = reach(network, plan)
    arrived = shifted(sums, plan.shifts[0])
    kernels = KERNELS.get(family)
    if kernels is not None and _values(plan) and arrived.bits <= 16:
        return _of_values(replace(plan, shifts=(0,)), arrived, kernels)
    if sums.bits > 16 or not all(map(_can, plan.projections)):
        return plan
    return of_events(plan, sums, kernels)


def of_events(plan: PopulationPlan, sums: Interval, kernels: Kernels | None) -> PopulationPlan:
    """Return `plan`, into which only events come, with `sums` of 16 bits.

    The portable kernels run what those of a family do not.
    """
    dense = [q for q in plan.projections if plain(q)]
    if kernels is not None and not all(map(kernels.fits, dense)):
        kernels = None
    laid = tuple(
        replace(q, layout=_laid(q, kernels), sums="set" if k == 0 else "add")
        for k, q in enumerate(plan.projections)
    )
    leaky = None if kernels is None else kernels.leaky(plan, sums)
    return replace(
        plan,
        narrow=True,
        kernel=leaky or f"{plan.kernel}_s16",
        group=1 if kernels is None else kernels.group,
        projections=laid,
    )


def _can(q: ProjectionPlan) -> bool:
    """Tell whether there are kernels that sum a projection's events in 16 bits."""
    return not q.values and not q.scratch and (plain(q) or words_of(q) is not None)


def _laid(q: ProjectionPlan, kernels: Kernels | None) -> Layout | Entries | Runs:
    found = words_of(q)
    if found is not None:
        return found
    return q.layout if kernels is None else kernels.laid(q.projection.connection)


def _of_values(plan: PopulationPlan, sums: Interval, kernels: Kernels) -> PopulationPlan:
    """Return `plan` with `sums` that its one projection has brought to the membrane's scale."""
    (q,) = plan.projections
    laid = kernels.values_laid(q.projection.connection)
    return replace(
        plan,
        narrow=True,
        kernel=kernels.leaky(plan, sums) or f"{plan.kernel}_s16",
        group=PAIRED,
        projections=(replace(q, layout=laid, sums="set", values_kernel=kernels.values),),
    )


def reach(network: Network, plan: PopulationPlan) -> Interval:
    """Return what each neuron's inputs may add up to."""
    low = high = np.zeros(plan.population.size, np.int64)
    for q in plan.projections:
        total = bounds.sum_interval(network, q.projection)
        low, high = low + total.low, high + total.high
    return Interval(low, high)


def _values(plan: PopulationPlan) -> bool:
    """Tell whether all that comes in is the input's values of this step, unlimited.

    A ring buffer limits what arrives before it is shifted.
    """
    q = plan.projections[0]
    if any(s.accumulate == "ring-buffer" for s in plan.population.synapses):
        return False
    alone = len(plan.projections) == 1 and q.projection.source == INPUT
    return alone and plain(q) and q.values and not q.projection.delay


def spikes_as_they_come(network: Network) -> bool:
    """Tell whether a step's raw samples are spikes already, 0 or 1, and none is needed later."""
    e = network.encoding
    return (
        e.raw == "uint8"
        and not e.stages
        and (e.raw_low, e.raw_high) == (0, 1)
        and not any(q.source == INPUT and q.delay for q in network.projections)
    )
