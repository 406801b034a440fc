# SPDX-License-Identifier: Apache-2.0
"""Why each layer runs the kernels that it runs, in words."""

from ranvier.bounds import Interval
from ranvier.targets.mcu.cores import CORES as FAMILIES
from ranvier.targets.mcu.cores import Family
from ranvier.targets.mcu.costs import neuron
from ranvier.targets.mcu.narrow import reach
from ranvier.targets.mcu.plan import Plan, PopulationPlan
from ranvier.targets.mcu.reasons_inputs import words
from ranvier.targets.mcu.update import CORES

_TOGETHER = {"dsp": "two at a time", "helium": "eight at a time"}


def reasons(plan: Plan, p: PopulationPlan, core: str) -> tuple[str, ...]:
    """Return what decided on a layer's sums, its neurons, and each of its inputs."""
    family = FAMILIES[core]
    how_each = (f"{q.projection.source} {words(p, q, family)}" for q in p.projections)
    found = [_sums(plan, p), _neurons(p, family), _rest(plan, p), *how_each]
    return tuple(x for x in found if x)


def _sums(plan: Plan, p: PopulationPlan) -> str:
    total = reach(plan.network, p)
    ends = f"{int(total.low.min())}..{int(total.high.max())}"
    if p.few is not None:
        return (
            f"16-bit sums for up to {plan.few} input events a step, 32-bit sums for more"
            f" (at most {ends})"
        )
    if p.narrow:
        values = any(q.values_kernel for q in p.projections)
        return f"16-bit sums: at most {ends}{', shifted as they are stored' if values else ''}"
    return f"32-bit sums: at most {ends}, {_why_wide(p, total)}"


def _why_wide(p: PopulationPlan, total: Interval) -> str:
    if p.word != 16:
        return "states of more than 16 bits"
    if len(p.population.synapses) > 1:
        return "several synaptic states"
    if total.bits > 16:
        return f"which takes {total.bits} bits"
    if any(q.scratch for q in p.projections):
        return "inputs of different scales"
    return "inputs that no kernel sums in 16 bits"


def _rest(plan: Plan, p: PopulationPlan) -> str:
    if not p.rests:
        return ""
    seconds = p.rests * plan.network.dt
    return f"left out {p.rests} steps ({seconds:.3g} s) after its last event, until the next"


def _neurons(p: PopulationPlan, family: Family) -> str:
    if p.kernel == "rv_population_i16_pairs":
        each = f"about {neuron(p.kernel, family):g} instructions each"
        return f"neurons two at a time, compiled for their constants, {each}"
    if p.kernel in CORES:
        return "neurons of a rule without a kernel of its own, compiled for their constants"
    together = _TOGETHER.get(p.kernel.rpartition("_")[2])
    if together is None:
        return "neurons one at a time"
    return f"neurons {together}, about {neuron(p.kernel, family):g} instructions each"
