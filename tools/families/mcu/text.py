# SPDX-License-Identifier: Apache-2.0
"""What an image needs, as text for a person."""

from typing import Any

from ranvier.tools.report.columns import columns


def row(m: dict[str, Any]) -> list[object]:
    """Return ROM and RAM in bytes, and the most stack and instructions of a step."""
    most, memory = m["cost"]["instructions_per_step_at_most"], m["memory"]
    bounds = ["no bound" if x is None else f"<= {x}" for x in (memory["stack"], most)]
    return [memory["rom"], memory["ram"] + (memory.get("state") or 0), *bounds]


def describe(m: dict[str, Any], whole_memory: bool = False) -> str:
    """Say what an image takes of its board, and how each layer runs."""
    memory = m["memory"]
    stack = memory["stack"]
    kernels = m["cost"]["kernels"]
    rows: list[list[object]] = [["layer", "ROM bytes", "RAM bytes", "kernel", "inputs"]]
    rows += [
        [x["name"], x["rom"], x["ram"], kernels[x["name"]]["neurons"], _inputs(kernels[x["name"]])]
        for x in memory["layers"]
    ]
    worst = "" if stack is None else f" without the stack, stack at most {stack} bytes"
    if memory["stack_unknown"]:
        unknown = ", ".join(memory["stack_unknown"])
        worst = f" without the stack, stack not bounded (unknown: {unknown})"
    return (
        f"{m['network']['name']} for {m['target']}: ROM {memory['rom']} bytes, "
        f"RAM {_ram(memory)}{worst}\n{columns(rows)}\n{_why(m)}"
        f"{_memory_tree(memory['tree']) if whole_memory else ''}{_most(m['cost'])}"
    )


def _ram(memory: dict[str, Any]) -> str:
    """Say what RAM is taken, a library's by the state that its caller supplies."""
    if memory.get("state") is None:
        return f"{memory['ram']} bytes"
    state = memory["state"]
    return f"{state} bytes of its caller's for the state, {memory['ram']} bytes of its own"


def _why(manifest: dict[str, Any]) -> str:
    """Say for each layer why it runs as it does."""
    kernels = manifest["cost"]["kernels"]
    layers = [x["name"] for x in manifest["memory"]["layers"]]
    lines = [
        x for name in layers for x in (f"  {name}", *(f"    {w}" for w in kernels[name]["why"]))
    ]
    return "".join(f"{line}\n" for line in lines)


def _memory_tree(tree: dict[str, Any]) -> str:
    """Lay out a memory tree, each part below the one that holds it."""
    rows: list[list[object]] = [["where every byte is", "ROM bytes", "RAM bytes"]]

    def add(branch: dict[str, Any], depth: int) -> None:
        rows.append(["  " * depth + branch["name"], branch["rom"], branch["ram"]])
        for part in branch.get("parts", ()):
            add(part, depth + 1)

    add(tree, 0)
    return columns(rows) + "\n"


def _most(cost: dict[str, Any]) -> str:
    """Say what a step takes at most, and what that means for its deadline."""
    most, limit = cost["instructions_per_step_at_most"], cost.get("deadline")
    if most is None:
        return f"instructions of a step: no bound ({', '.join(cost['instructions_unknown'])})\n"
    text = f"instructions of a step: at most {most} (not cycles)\n"
    if limit is None:
        return text
    return (
        f"{text}deadline {limit['seconds']:g} s at {limit['clock_hz'] / 1e6:g} MHz: met, at most"
        f" {limit['seconds_at_most']:.3g} s, estimated at {limit['cycles_per_instruction']:g}"
        f" cycles an instruction ({limit['source']}; {limit['conditions']})\n"
    )


def _inputs(kernels: dict[str, Any]) -> str:
    """Say how each of a layer's inputs lies in ROM, such as ``conv + dense``."""
    return " + ".join(x["layout"] for x in kernels["inputs"]) or "none"
