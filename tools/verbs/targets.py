# SPDX-License-Identifier: Apache-2.0
"""``ranvier targets``: what a network can be compiled for."""

from dataclasses import asdict, dataclass
from typing import Any

from ranvier.targets.mcu.board import NAMES, board


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetInfo:
    """One target."""

    name: str
    describes: str
    core: str
    compiler: str
    emulator: str
    rom: int
    ram: int
    deadline: str
    watchdog: str
    weights: str
    states: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """All targets."""

    targets: tuple[TargetInfo, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the list as plain data."""
        return {"targets": [asdict(t) for t in self.targets]}


def targets() -> Targets:
    """List the targets of this version."""
    boards = [board(name) for name in NAMES]
    return Targets(
        targets=tuple(
            TargetInfo(
                name=b.name,
                describes=b.describes,
                core=b.core,
                compiler=b.compiler,
                emulator=b.emulator,
                rom=b.rom,
                ram=b.ram,
                deadline=b.deadline or "none",
                watchdog=b.watchdog or "none",
                weights="2 to 16 bits, stored in 8 or 16",
                states="16, 24 or 32 bits",
            )
            for b in boards
        )
    )
