# SPDX-License-Identifier: Apache-2.0
"""``ranvier targets``: what a network can be compiled for."""

from dataclasses import asdict, dataclass
from typing import Any

from ranvier.targets.mcu.board import NAMES, board


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetInfo:
    """One target.

    Attributes
    ----------
    kind
        ``host``, ``emulated``, ``board``, or ``core``: C for a program of one's own.
    flash
        How it is programmed; empty where it isn't.
    clock_hz, uart, energy
        As in `Board`.
    verified_on_silicon
        Whether its image was ever seen to run; None where there is no silicon.
    """

    name: str
    describes: str
    kind: str
    core: str
    compiler: str
    emulator: str
    rom: int
    ram: int
    deadline: str
    watchdog: str
    weights: str
    states: str
    flash: str
    clock_hz: int
    uart: str
    energy: str
    verified_on_silicon: bool | None


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
            for b in boards
        )
    )
