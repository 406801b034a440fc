# SPDX-License-Identifier: Apache-2.0
"""The worst that a step of a linked image can take, as ``ranvier compile`` reports it."""

from pathlib import Path
from typing import Any

from ranvier.targets.mcu.board import Board
from ranvier.targets.mcu.deadline import Deadline, check_deadline
from ranvier.targets.mcu.elf import readable, symbols_of
from ranvier.targets.mcu.plan import Plan
from ranvier.targets.mcu.toolchain import Toolchain
from ranvier.targets.mcu.worst import bound, calls, listing
from ranvier.targets.process import run_program


def step_bound(plan: Plan, tool: Toolchain, image: Path, library: bool) -> bound.StepBound:
    """Return the most instructions of a step of an image.

    Raises
    ------
    RanvierError
        T001 where the disassembler that comes with the compiler is missing.
    """
    why = unbounded(tool, library)
    if why:
        return bound.StepBound(instructions=None, own=0, calls=(), unknown=(why,))
    objdump = tool.driver[0].removesuffix("gcc") + "objdump"
    text = run_program(
        [objdump, "-d", "--no-show-raw-insn", str(image)], package=tool.package, loc=image.name
    )
    with readable(image.name):
        functions = {s.name: s.address for s in symbols_of(image.read_bytes()) if s.function}
    code = listing.read(text, functions)
    return bound.step(code, f"{plan.network.name}_step", calls.calls(plan), plan.window)


def unbounded(tool: Toolchain, library: bool) -> str:
    """Return why there is no bound whatever the image is, or nothing."""
    if tool.core == "host":
        return "code for this computer"
    if library:
        return "an object that nothing has linked"
    return "" if tool.name == "gcc" else "what Zig's Clang makes of loops, which nobody has read"


def cost_report(found: bound.StepBound, limit: Deadline | None, board: Board) -> dict[str, Any]:
    """Return what the manifest says of a step's instructions and of its deadline.

    Raises
    ------
    RanvierError
        C031, C032 where the deadline cannot be promised.
    """
    report: dict[str, Any] = {
        "instructions_per_step_at_most": found.instructions,
        "instructions_unknown": list(found.unknown),
        "instructions_of_calls": [
            {"layer": c.layer, "kernel": c.kernel, "instructions": c.instructions, "times": c.times}
            for c in found.calls
        ],
    }
    return report if limit is None else {**report, "deadline": check_deadline(limit, found, board)}
