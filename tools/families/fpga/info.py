# SPDX-License-Identifier: Apache-2.0
"""FPGAs as `ranvier targets` lists them."""

from ranvier.targets.fpga.part import NAMES, Part, part
from ranvier.tools.families.protocol import TargetInfo


def targets() -> tuple[TargetInfo, ...]:
    """Describe all of them."""
    return tuple(_info(part(name)) for name in NAMES)


def _info(p: Part) -> TargetInfo:
    return TargetInfo(
        name=p.name,
        describes=p.describes,
        kind=p.kind,
        core=p.chip or "any",
        compiler="yosys" if p.kind == "fpga" else "",
        emulator="verilator",
        rom=2 * p.weight_words * p.weight_rams,
        ram=0,
        deadline="none",
        watchdog="none",
        weights="2 to 8 bits, stored in 2, 4 or 8",
        states=" or ".join(str(n) for n in (16, 24) if n <= p.state_bits) + " bits",
        flash=p.programmer,
        clock_hz=p.clocks[0].hz if p.clocks else 0,
        uart="",
        energy="",
        verified_on_silicon=False if p.kind == "fpga" else None,
    )
