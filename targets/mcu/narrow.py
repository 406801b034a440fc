# SPDX-License-Identifier: Apache-2.0
"""Says which populations have their inputs summed in 16 bits, and which kernels then run them.

Additions wrap, so that only the sum of a whole step must fit.
"""

from dataclasses import replace

import numpy as np

from ranvier import bounds
from ranvier.bounds import Interval
from ranvier.ir import INPUT, Network
from ranvier.targets.mcu.cores import CORES
from ranvier.targets.mcu.layouts import PAIRED, Columns, paired
from ranvier.targets.mcu.plan import PopulationPlan, ProjectionPlan

MOST_PACKED = 257  # events whose unsigned weights add up below 2**16
_LARGEST = 32767  # what SMLABB and SMULBB take, which read 16 bits with a sign


def narrowed(network: Network, plan: PopulationPlan, core: str) -> PopulationPlan:
    """Return `plan` with 16-bit sums where they fit, else as it is."""
    sums = _sums(network, plan)
    if sums is None or sums.bits > 16:
        return plan
    family = CORES[core]
    packed = family == "packed" and all(_few_events(q) for q in plan.projections)
    in_pairs = family == "dsp" and all(_in_pairs(q) for q in plan.projections)
    turned = packed or in_pairs
    laid = replace(
        plan,
        narrow=True,
        kernel=f"{plan.kernel}_s16",
        group=PAIRED if turned else 1,
        projections=tuple(
            replace(
                q,
                layout=paired(q.projection.connection, packed=packed) if turned else q.layout,
                sums="set" if k == 0 else "add",
            )
            for k, q in enumerate(plan.projections)
        ),
    )
    return replace(laid, kernel="rv_lif_i16_dsp") if in_pairs and _lif(plan) else laid


def _sums(network: Network, plan: PopulationPlan) -> Interval | None:
    """Return what each neuron's inputs may add up to, or None where there is no kernel for it."""
    p = plan.population
    low = high = np.zeros(p.size, np.int64)
    for q in plan.projections:
        if not _events_of_bytes(q):
            return None
        total = bounds.sum_interval(network, q.projection)
        low, high = low + total.low, high + total.high
    return Interval(low, high) if plan.projections and plan.word == 16 and _one(plan) else None


def _one(plan: PopulationPlan) -> bool:
    """Tell whether all inputs go to one place."""
    return len(plan.population.synapses) <= 1


def _events_of_bytes(q: ProjectionPlan) -> bool:
    return (
        isinstance(q.layout, Columns)
        and q.layout.weight.dtype == np.int8
        and not q.values
        and not q.scratch
        and not q.single
    )


def _in_pairs(q: ProjectionPlan) -> bool:
    return isinstance(q.layout, Columns) and max(q.layout.weight.shape) <= _LARGEST - PAIRED


def _few_events(q: ProjectionPlan) -> bool:
    """Tell whether no step can bring more events than unsigned sums take."""
    return isinstance(q.layout, Columns) and len(q.layout.weight) <= MOST_PACKED


def _lif(plan: PopulationPlan) -> bool:
    """Tell whether the kernel for leaky neurons two at a time runs a population exactly."""
    p = plan.population
    return (
        plan.kernel == "rv_lif_i16"
        and p.decay.factor.size == 1
        and p.decay.shift == 16
        and int(p.decay.factor[0]) <= _LARGEST
        and not p.bias.any()
        and p.reset.value.size == 1
        and plan.shifts[0] == 0
    )


def spikes_as_they_come(network: Network) -> bool:
    """Tell whether a step's raw samples are spikes already, 0 or 1, and none is needed later."""
    e = network.encoding
    return (
        e.raw == "uint8"
        and not e.stages
        and (e.raw_low, e.raw_high) == (0, 1)
        and not any(q.source == INPUT and q.delay for q in network.projections)
    )
