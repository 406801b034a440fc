# SPDX-License-Identifier: Apache-2.0
"""Whether a step ends in time: its most instructions, times assumed cycles, over the clock."""

import tomllib
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

from ranvier.errors import RanvierError
from ranvier.targets.mcu.board import Board
from ranvier.targets.mcu.worst.bound import StepBound
from ranvier.targets.quantities import bad, hertz, mega, seconds, shown

LONGEST_CPI = 100.0
FASTEST_HZ = 10**9  # microcontrollers end there (the fastest Cortex-M7)
CONDITIONS = "no interrupt within the step, and none of its code or data waited for"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cpi:
    """Cycles an instruction: what is assumed, its range, and who says so."""

    value: float
    low: float
    high: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """What a step may take: seconds, on a clock in Hz, at so many cycles an instruction."""

    seconds: Fraction
    clock_hz: Fraction
    cpi: Cpi

    @property
    def instructions(self) -> int:
        """The most instructions that end in time."""
        return int(self.seconds * self.clock_hz / Fraction(str(self.cpi.value)))


def read_deadline(
    within: str | None, clock: str | None, cpi: float | None, board: Board
) -> Deadline | None:
    """Read a deadline for a board.

    Parameters
    ----------
    within
        A time, such as ``1ms``; None: there is no deadline.
    clock
        The core's clock, such as ``64MHz``; None: that which the board's image sets.
    cpi
        Cycles an instruction; None: the upper end of what is known of the board's core.

    Raises
    ------
    RanvierError
        C030 for a value that is none, or is missing; C032 for this computer.
    """
    if within is None:
        for option, value in (("--clock", clock), ("--cpi", cpi)):
            if value is not None:
                raise bad(option, f"{option} says nothing without a deadline", "add --deadline")
        return None
    if board.core == "host":
        raise RanvierError(
            "C032",
            "nothing bounds the time of a step on this computer",
            loc="--deadline",
            hint="compile for a board; `ranvier targets` lists them",
        )
    _check_clock(clock, board)
    if clock is None and not board.clock_hz:
        raise bad("--clock", "a deadline needs the core's clock", "such as --clock 64MHz")
    return Deadline(
        seconds=seconds("--deadline", within),
        clock_hz=Fraction(board.clock_hz) if clock is None else hertz("--clock", clock),
        cpi=_cpi(cpi, board),
    )


def _check_clock(clock: str | None, board: Board) -> None:
    """Refuse a clock that a real board's own start-up does not set."""
    if clock is None or board.kind != "board":
        return
    if hertz("--clock", clock) != board.clock_hz:
        raise bad(
            "--clock", f"{board.name} runs at {mega(Fraction(board.clock_hz))} MHz",
            "leave --clock out",
        )  # fmt: skip


def _cpi(given: float | None, board: Board) -> Cpi:
    if given is not None:
        if not 0 < given <= LONGEST_CPI:
            raise bad("--cpi", f"{given:g} is not above 0 and at most {LONGEST_CPI:g}", "such as 2")
        return Cpi(value=given, low=given, high=given, source="--cpi")
    serial = board.flash is not None and board.flash.method == "uf2"
    known = None if serial else _known().get(board.core)
    if known is None:
        where = f"{board.name}, whose code waits for a serial flash," if serial else board.core
        raise bad(
            "--cpi",
            f"how many cycles an instruction takes on {where} is not known",
            "say what you measured or assume, such as --cpi 2",
        )
    return Cpi(value=known["high"], **known)


@cache
def _known() -> dict[str, dict[str, Any]]:
    text = files("ranvier.targets.mcu").joinpath("cycles.toml").read_text("utf-8")
    return tomllib.loads(text)


def check_deadline(limit: Deadline, found: StepBound, board: Board) -> dict[str, Any]:
    """Return the report of a deadline that is met.

    Raises
    ------
    RanvierError
        C031 where it is not met, C032 where the step has no bound.
    """
    if found.instructions is None:
        raise RanvierError(
            "C032",
            f"the instructions of a step have no bound because of {'; '.join(found.unknown)}",
            loc="--deadline",
            hint="compile without --deadline, and measure on the device",
        )
    cycles = found.instructions * Fraction(str(limit.cpi.value))
    takes = cycles / limit.clock_hz
    assumed = f"at {limit.cpi.value:g} cycles an instruction ({limit.cpi.source})"
    if takes > limit.seconds:
        most = max(found.calls, key=lambda c: c.instructions * c.times)
        raise RanvierError(
            "C031",
            f"a step of at most {found.instructions} instructions takes up to {shown(takes)} on"
            f" {board.name} at {mega(limit.clock_hz)} MHz, {assumed}; the deadline is"
            f" {shown(limit.seconds)}",
            loc="--deadline",
            hint=f"{_faster(board, cycles / limit.seconds, takes)}, a smaller network"
            f" ({most.kernel} of {most.layer} takes {most.instructions * most.times} instructions),"
            " or --cpi if you measured fewer cycles",
        )
    return {
        "met": True,
        "seconds": float(limit.seconds),
        "clock_hz": float(limit.clock_hz),
        "cycles_per_instruction": limit.cpi.value,
        "cycles_per_instruction_range": [limit.cpi.low, limit.cpi.high],
        "source": limit.cpi.source,
        "estimated": True,
        "conditions": CONDITIONS,
        "instructions_at_most": found.instructions,
        "instructions_in_time": limit.instructions,
        "seconds_at_most": float(takes),
    }


def _faster(board: Board, rate: Fraction, takes: Fraction) -> str:
    """Say which clock would do, or, where it cannot be had, which deadline."""
    enough = f"a deadline of {shown(takes * Fraction(1001, 1000))}"  # however it is rounded
    if rate > FASTEST_HZ:
        return f"no core like this has a clock that meets it; {enough}"
    if board.kind == "board":
        return f"{enough}, a faster board"
    return f"a clock of {mega(rate, up=True)} MHz"
