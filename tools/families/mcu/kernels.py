# SPDX-License-Identifier: Apache-2.0
"""What runs each layer, and how many operations that can be, as the manifest says it."""

from typing import Any

from ranvier.targets.mcu.plan import Plan, PopulationPlan, ProjectionPlan
from ranvier.targets.mcu.reasons import reasons


def operations(plan: Plan, core: str) -> dict[str, Any]:
    """Return what one step can need at most, in operations; a run counts what it did need."""
    return {
        "neuron_updates_per_step": sum(p.population.size for p in plan.populations),
        "synaptic_operations_per_step_at_most": sum(
            q.layout.operations for p in plan.populations for q in p.projections
        ),
        "kernels": {
            p.population.name: _kernels(p) | {"why": list(reasons(plan, p, core))}
            for p in plan.populations
        },
    }


def _kernels(p: PopulationPlan) -> dict[str, Any]:
    """Return what runs a population, and what does where a step brings few events."""
    found: dict[str, Any] = {"neurons": p.kernel, "inputs": [_input(q) for q in p.projections]}
    return found if p.few is None else found | {"few": _kernels(p.few)}


def _input(q: ProjectionPlan) -> dict[str, Any]:
    """Return how a projection was laid out."""
    return {
        "source": q.projection.source,
        "delay": q.projection.delay,
        "layout": q.layout.kind,
        "kernel": q.kernel,
        "rom": q.layout.rom,
        "operations_per_step_at_most": q.layout.operations,
    }
