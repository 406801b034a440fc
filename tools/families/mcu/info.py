# SPDX-License-Identifier: Apache-2.0
"""Boards and cores as `ranvier targets` lists them."""

from ranvier.targets.mcu.board import NAMES, Board, board
from ranvier.tools.families.protocol import TargetInfo


def targets() -> tuple[TargetInfo, ...]:
    """Describe all of them."""
    return tuple(_info(board(name)) for name in NAMES)


def _info(b: Board) -> TargetInfo:
    return TargetInfo(
        name=b.name,
        describes=b.describes,
        kind=b.kind,
        core=b.core,
        compiler=b.compiler,
        emulator=b.emulator,
        rom=b.rom,
        ram=b.ram,
        deadline=b.deadline or "none",
        watchdog=b.watchdog or "none",
        weights="2 to 16 bits, stored in 8 or 16",
        states="16, 24 or 32 bits",
        flash=b.flash.method if b.flash is not None else "",
        clock_hz=b.clock_hz,
        uart=b.uart,
        energy=b.energy,
        verified_on_silicon=b.verified_on_silicon if b.kind == "board" else None,
    )
