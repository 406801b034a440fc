# SPDX-License-Identifier: Apache-2.0
"""Layers of a rule of their own as C text: the general core, compiled for one layer's constants.

A kernel that decides at run time what a neuron does takes several times the instructions of one
that need not. So the layers that no hand-written kernel runs have a function each: the core's text,
and numbers that the compiler sees.
"""

from ranvier.targets.mcu.plan import Plan, PopulationPlan
from ranvier.targets.mcu.tables import population_tables, symbol

CORES = {
    "rv_population_i16": "rv_core_i16.h",
    "rv_population_i16_s16": "rv_core_i16_s16.h",
    "rv_population_i16_pairs": "rv_core_i16_pairs.h",
    "rv_population_i32": "rv_core_i32.h",
}


def updates(plan: Plan) -> dict[str, PopulationPlan]:
    """Return what has a function of its own, by that function's name."""
    net = plan.network.name
    found = {}
    for p in plan.populations:
        for kind, way in (("update", p), ("updatefew", p.few)):
            if way is not None and way.kernel in CORES:
                found[symbol(net, kind, p.population.name)] = way
    return found


def prototype(function: str, p: PopulationPlan) -> str:
    """Return the declaration of a layer's function, without its semicolon."""
    drive = "const int16_t" if p.narrow else "int32_t"
    state = f"int{p.word}_t *restrict"
    pad = " " * (len(function) + 6)
    return (
        f"void {function}({drive} *restrict drive, {state} v,\n"
        f"{pad}{state} syn, uint16_t *restrict out)"
    )


def facts(plan: Plan, function: str, p: PopulationPlan) -> dict[str, object]:
    """Return what ``update.c.j2`` says of a layer."""
    net, name = plan.network.name, p.population.name
    return {
        "layer": name,
        "core": CORES[p.kernel],
        "tables": population_tables(net, p),
        "prototype": prototype(function, p),
        "ctype": f"rv_population_i{p.word}_t",
        "params": symbol(net, "params", name),
    }
