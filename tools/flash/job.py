# SPDX-License-Identifier: Apache-2.0
"""What every way of programming a board does, in the order in which it is done."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ranvier.errors import RanvierError
from ranvier.targets.mcu.board import Board
from ranvier.targets.mcu.board_parts import Chip, Programming
from ranvier.tools.flash.firmware import Firmware
from ranvier.tools.flash.probe import bare

FILE = "firmware.bin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One image for one board.

    Attributes
    ----------
    probe
        The debug probe, or the drive, that leads to the board.
    folder
        Holds the image as `FILE`, and what is read back.
    """

    board: Board
    firmware: Firmware
    probe: str
    folder: Path

    @property
    def chip(self) -> Chip:
        """How the chip is recognised."""
        assert self.board.chip is not None  # read_board saw to it
        return self.board.chip

    @property
    def how(self) -> Programming:
        """How the board is programmed."""
        assert self.board.flash is not None
        return self.board.flash


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that is done to a board: in words, and as a command where a program does it."""

    what: str
    command: tuple[str, ...] = ()


class Flasher(Protocol):
    """A way of programming: `program` calls these in this order."""

    def find(self, board: Board, wanted: str | None) -> str:
        """Return the one probe that there is, or that was `wanted`; F001, F002 otherwise."""

    def steps(self, job: Job) -> tuple[Step, ...]:
        """Return all that would be done; starts nothing."""

    def identify(self, job: Job) -> None:
        """Raise F003 unless the chip is the board's. Changes nothing on it."""

    def write(self, job: Job) -> None:
        """Write the image."""

    def read_back(self, job: Job) -> bytes | None:
        """Return what the flash holds where the image belongs; None where it can't be read."""

    def start(self, job: Job) -> None:
        """Let the board run the image."""


def program(flasher: Flasher, job: Job) -> bool:
    """Recognise the chip, write, compare, start; return whether the flash could be read back.

    Raises
    ------
    RanvierError
        F003 for another chip, which is left as it was. F004 where writing failed, F005 where the
        flash holds something else afterwards: the board is not fit for use then.
    """
    try:
        flasher.identify(job)
    except RanvierError as e:
        raise _unrecognised(job, e) if e.code == "T002" else e from e
    with _whole_or_said(job, "it was interrupted"):
        flasher.write(job)
        held = flasher.read_back(job)
    if held is not None and held != job.firmware.data:
        raise _different(job, held)
    with _whole_or_said(job, "it was interrupted before it was started", written=held is not None):
        flasher.start(job)
    return held is not None


@contextmanager
def _whole_or_said(job: Job, interrupted: str, written: bool = False) -> Iterator[None]:
    """Let nothing end what is within but an error that says in which state it leaves the board.

    With `written` all of the image was read back before.
    """
    try:
        yield
    except RanvierError as e:
        raise half_written(job, e.what, written) from e
    except (KeyboardInterrupt, SystemExit) as e:
        raise half_written(job, interrupted, written) from e


def _unrecognised(job: Job, e: RanvierError) -> RanvierError:
    return RanvierError(
        "F003",
        f"no {job.chip.name} answers; nothing was written: {e.what}",
        loc=job.probe,
        hint="check that the board has power, and that it is a " + job.board.name,
    )


def half_written(job: Job, what: str, written: bool = False) -> RanvierError:
    """Return the error for a board that doesn't run, and may not even hold the image."""
    state = (
        "holds the whole image but was not started"
        if written
        else ("was not programmed and may hold half an image")
    )
    return RanvierError(
        "F004",
        f"{job.board.name} {state}: {what}",
        loc=job.probe,
        hint="check the cable, and switch the board off and on if it ran free: its watchdog may"
        " have reset it meanwhile; flash again, and don't use the board before that succeeds",
    )


def check_chip(job: Job, word: int) -> None:
    """Raise F003 unless the identification register read `word`."""
    chip = job.chip
    if word & chip.mask != chip.value:
        raise RanvierError(
            "F003",
            f"this is no {chip.name}: 0x{chip.address:08x} reads 0x{word:08x}, not"
            f" 0x{chip.value:08x} (mask 0x{chip.mask:08x}); nothing was written",
            loc=job.probe,
            hint=f"connect a {job.board.name}, or compile for the board that is there",
        )


def the_one(found: dict[str, str], wanted: str | None, board: Board, what: str) -> str:
    """Return the only key of `found`, or the one that is `wanted`, whole.

    Parameters
    ----------
    found
        What there is, by its id, with a description.
    what
        What it is, for messages.

    Raises
    ------
    RanvierError
        F001 where there is none, F002 where there are several.
    """
    fits = [key for key in sorted(found) if wanted is None or bare(key) == bare(wanted)]
    listed = ", ".join(f"{key} ({about})" for key, about in sorted(found.items()))
    if not fits:
        named = f" {wanted!r}" if wanted else ""
        raise RanvierError(
            "F001", f"no {what}{named} is connected", loc=board.name,
            hint=f"found: {listed}" if found else "connect it; on Linux udev must let you use it",
        )  # fmt: skip
    if len(fits) > 1:
        raise RanvierError(
            "F002", f"more than one {what} is connected: {listed}", loc=board.name,
            hint=f"choose one: --probe {fits[0]}",
        )  # fmt: skip
    return fits[0]


def _different(job: Job, held: bytes) -> RanvierError:
    ours = job.firmware.data
    at = next((k for k, (a, b) in enumerate(zip(held, ours, strict=False)) if a != b), len(held))
    return RanvierError(
        "F005",
        f"the flash of {job.board.name} differs from the image from 0x{job.firmware.base + at:08x}"
        f" on ({len(held)} of {len(ours)} bytes read)",
        loc=job.probe,
        hint="flash again; if it differs again, the flash or the connection is bad",
    )
