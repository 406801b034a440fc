# SPDX-License-Identifier: Apache-2.0
"""Says which populations have their inputs summed in 16 bits, and which kernels then run them.

Additions wrap, so that only the sum of a whole step must fit.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ranvier import bounds
from ranvier.bounds import Interval
from ranvier.ir import INPUT, Connection, Network
from ranvier.targets.mcu.cores import Family
from ranvier.targets.mcu.costs import faster
from ranvier.targets.mcu.layouts import (
    HALVES,
    PAIRED,
    Columns,
    PairedColumns,
    halves,
    paired,
    woven,
)
from ranvier.targets.mcu.plan import PopulationPlan, ProjectionPlan

_MOST_TARGETS = 65535 - HALVES
_LARGEST = 32767  # what SMLABB and SMULBT take, which read 16 bits with a sign


def narrowed(network: Network, plan: PopulationPlan, family: Family) -> PopulationPlan:
    """Return `plan` with 16-bit sums where they fit, else as it is."""
    if plan.word != 16 or len(plan.population.synapses) > 1 or not plan.projections:
        return plan
    found = replace(plan, projections=tuple(faster(q, family) for q in plan.projections))
    found = _narrowed(network, found, family)
    return found if found.narrow else plan


def _narrowed(network: Network, plan: PopulationPlan, family: Family) -> PopulationPlan:
    sums = reach(network, plan)
    shifted = _shifted(sums, plan.shifts[0])
    if family == "dsp" and _values(plan) and shifted.bits <= 16:
        return _of_values(replace(plan, shifts=(0,)), shifted)
    if sums.bits > 16 or not all(plain(q) and not q.values for q in plan.projections):
        return plan
    return of_events(plan, sums, family)


def of_events(plan: PopulationPlan, sums: Interval, family: Family) -> PopulationPlan:
    """Return `plan`, into which only events come, with `sums` of 16 bits."""
    fits = {"packed": plain, "thumb1": plain, "dsp": fits_pairs, "helium": _fits_halves}
    turned = family in fits and all(map(fits[family], plan.projections))
    laid = tuple(
        replace(
            q,
            layout=_turned(q.projection.connection, family) if turned else q.layout,
            sums="set" if k == 0 else "add",
        )
        for k, q in enumerate(plan.projections)
    )
    kernel = (_LEAKY[family](plan, sums) if turned else None) or f"{plan.kernel}_s16"
    group = (HALVES if family == "helium" else PAIRED) if turned else 1
    return replace(plan, narrow=True, kernel=kernel, group=group, projections=laid)


def _turned(connection: Connection, family: Family) -> PairedColumns:
    if family == "helium":
        return halves(connection)
    return paired(connection, packed=family in ("packed", "thumb1"))


def _of_values(plan: PopulationPlan, sums: Interval) -> PopulationPlan:
    """Return `plan` with `sums` that its one projection has brought to the membrane's scale."""
    (q,) = plan.projections
    return replace(
        plan,
        narrow=True,
        kernel=leaky_in_pairs(plan, sums) or f"{plan.kernel}_s16",
        group=PAIRED,
        projections=(replace(q, layout=woven(q.projection.connection), sums="set"),),
    )


def reach(network: Network, plan: PopulationPlan) -> Interval:
    """Return what each neuron's inputs may add up to."""
    low = high = np.zeros(plan.population.size, np.int64)
    for q in plan.projections:
        total = bounds.sum_interval(network, q.projection)
        low, high = low + total.low, high + total.high
    return Interval(low, high)


def _shifted(sums: Interval, by: int) -> Interval:
    return Interval(bounds.shifted(sums.low, by), bounds.shifted(sums.high, by))


def plain(q: ProjectionPlan) -> bool:
    """Tell whether a projection has dense weights of a byte that are added up as they are.

    Whole groups of its targets are counted in 16 bits.
    """
    return (
        isinstance(q.layout, Columns)
        and q.layout.weight.dtype == np.int8
        and q.layout.weight.shape[1] <= _MOST_TARGETS
        and not q.scratch
        and not q.single
    )


def _values(plan: PopulationPlan) -> bool:
    """Tell whether all that comes in is the input's values of this step, unlimited.

    A ring buffer limits what arrives before it is shifted.
    """
    q = plan.projections[0]
    if any(s.accumulate == "ring-buffer" for s in plan.population.synapses):
        return False
    alone = len(plan.projections) == 1 and q.projection.source == INPUT
    return alone and plain(q) and q.values and not q.projection.delay


def fits_pairs(q: ProjectionPlan) -> bool:
    """Tell whether the kernels for pairs of targets run a projection."""
    return (
        plain(q)
        and isinstance(q.layout, Columns)
        and max(q.layout.weight.shape) <= _LARGEST - PAIRED
    )


def _fits_halves(q: ProjectionPlan) -> bool:
    """Tell whether w + 256 w', of any two weights, fits 16 bits, and so does a whole column."""
    return (
        plain(q)
        and isinstance(q.layout, Columns)
        and max(q.layout.weight.shape) <= _LARGEST
        and int(q.layout.weight.min()) > -128
    )


def leaky_in_pairs(plan: PopulationPlan, sums: Interval) -> str | None:
    """Return the kernel for leaky neurons two at a time that runs a population exactly, or None."""
    if not _leaky(plan, sums) or plan.shifts[0] < 0:
        return None
    return "rv_lif_i16_dsp" if plan.shifts[0] == 0 else "rv_lif_i16_left_dsp"


def _leaky_in_lanes(plan: PopulationPlan, sums: Interval) -> str | None:
    """Return the kernel for leaky neurons eight at a time that is exact for them, or None."""
    if not _leaky(plan, sums):
        return None
    return "rv_lif_i16_helium" if plan.shifts[0] == 0 else "rv_lif_i16_shift_helium"


def _leaky_alike(plan: PopulationPlan, sums: Interval) -> str | None:
    """Return the kernel for leaky neurons one at a time that is exact for them, or None."""
    if not _alike(plan, sums) or plan.shifts[0] < 0:
        return None
    return "rv_lif_i16_alike" if plan.shifts[0] == 0 else "rv_lif_i16_left_alike"


def _leaky_in_registers(plan: PopulationPlan, sums: Interval) -> str | None:
    """Return the same for Armv6-M."""
    alike = _leaky_alike(plan, sums)
    return "rv_lif_i16_thumb1" if alike == "rv_lif_i16_alike" else alike


def _leaky(plan: PopulationPlan, sums: Interval) -> bool:
    """Tell whether neurons are alike, and 16 bits hold their factor with a sign."""
    return _alike(plan, sums) and int(plan.population.decay.factor[0]) <= _LARGEST


def _alike(plan: PopulationPlan, sums: Interval) -> bool:
    """Tell whether neurons of the usual rule share all but thresholds; shifted sums fit 16 bits."""
    p = plan.population
    return (
        plan.kernel == "rv_lif_i16"
        and p.decay.factor.size == 1
        and p.decay.shift == 16
        and not p.bias.any()
        and p.reset.value.size == 1
        and _shifted(sums, plan.shifts[0]).bits <= 16
    )


_LEAKY: dict[Family, Callable[[PopulationPlan, Interval], str | None]] = {
    "packed": _leaky_alike,
    "thumb1": _leaky_in_registers,
    "dsp": leaky_in_pairs,
    "helium": _leaky_in_lanes,
}


def spikes_as_they_come(network: Network) -> bool:
    """Tell whether a step's raw samples are spikes already, 0 or 1, and none is needed later."""
    e = network.encoding
    return (
        e.raw == "uint8"
        and not e.stages
        and (e.raw_low, e.raw_high) == (0, 1)
        and not any(q.source == INPUT and q.delay for q in network.projections)
    )
