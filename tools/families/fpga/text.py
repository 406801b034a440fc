# SPDX-License-Identifier: Apache-2.0
"""What a core needs, as text for a person."""

from typing import Any

from ranvier.targets.fpga.place import WORDS
from ranvier.tools.report.columns import columns
from ranvier.tools.report.lanes import lanes


def row(m: dict[str, Any]) -> list[object]:
    """Return the bytes of memories that begin full and of the others; cycles, not instructions."""
    most = f"{m['cost']['cycles_per_step_at_most']} cycles at most"
    return [m["memory"]["rom"], m["memory"]["ram"], "none", most]


def describe(m: dict[str, Any], whole_memory: bool = False) -> str:
    """Say what the core is, what its memories hold and how long a step takes."""
    core, cost, memory = m["core"], m["cost"], m["memory"]
    p = core["parameters"]
    layers: list[list[object]] = [["layer", "neurons", "cycles a step, at most"]]
    layers += [[x["name"], x["neurons"], x["cycles_at_most"]] for x in cost["layers"]]
    shared: list[list[object]] = [
        ["connection", "weights", "rows", "unrolled", "windows", "because"],
        *([f"{c['source']} -> {c['target']}", "shared" if c["shared"] else "unrolled", c["rows"],
           c["unrolled"], c["windows"], c["why"]]
          for x in cost["layers"] for c in x["connections"]),
    ]  # fmt: skip
    memories: list[list[object]] = [["memory", "bytes"]]
    memories += [[name, n] for name, n in memory["memories"].items()]
    return (
        f"{m['network']['name']} for {m['target']}: {lanes(core)}, weights of"
        f" {p['WeightW']} bits, states of {p['StateW']}, sums of {p['SumW']},"
        f" {core['rows']} rows in the layer table\n"
        f"{columns(layers)}\n{columns(shared) + chr(10) if len(shared) > 1 else ''}"
        f"{columns(memories) + chr(10) if whole_memory else ''}"
        f"memories: {memory['rom']} bytes begin full, {memory['ram']} change\n"
        f"a step takes at most {cost['cycles_per_step_at_most']} cycles, and at most"
        f" {cost['synaptic_operations_per_step_at_most']} synaptic operations\n"
        f"{_placed(m['place'], cost) if 'place' in m else ''}"
        f"{_power(m['power']) if 'power' in m else ''}"
    )


def _placed(place: dict[str, Any], cost: dict[str, Any]) -> str:
    """Say what of the chip is used, how fast it is, and what limits that."""
    path = place["critical_path"]
    return (
        f"{place['chip']}: {cells(place['cells'])}\n"
        f"clock {place['clock_hz'] / 1e6:g} MHz ({place['clock_source']}), estimated to reach"
        f" {place['fmax_hz'] / 1e6:.2f} MHz (seed {place['seed']} of {len(place['seeds'])});"
        f" a step within {1e6 * cost['seconds_per_step_at_most']:.4g} us\n"
        f"slowest path: {path['ns']:.2f} ns, {path['routing_ns']:.2f} of them between cells:"
        f" {path['way']}\n"
    )


def cells(found: dict[str, Any]) -> str:
    """Return how many cells of each kind are used, of those there are."""
    used = {word: found[k] for k, word in WORDS.items() if k in found}
    return ", ".join(f"{n['used']} of {n['available']} {word}" for word, n in used.items())


def power(p: dict[str, Any]) -> list[list[str]]:
    """Return a title and an estimate with its range, for the clock always on and in steps alone.

    Where there is none, say why.
    """
    if "missing" in p:
        return [["not estimated", p["missing"]]]
    found = {"clock always on": p["always_on"], "clock in steps alone": p["in_steps_alone"]}
    return [
        [name, "steps come faster than they end" if x is None
         else f"{x['nominal']:.4g} uW, from {x['low']:.4g} to {x['high']:.4g}"]
        for name, x in found.items()
    ]  # fmt: skip


def _power(p: dict[str, Any]) -> str:
    """Say what it is estimated to draw."""
    if "missing" in p:
        return f"power: not estimated: {p['missing']}\n"
    said = "; ".join(f"{name} {value}" for name, value in power(p))
    return f"estimated power at {p['steps_per_s']:g} steps/s, busy {p['busy']:.2%}: {said}\n"
