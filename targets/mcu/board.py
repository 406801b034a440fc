# SPDX-License-Identifier: Apache-2.0
"""Boards as data: what compiles for them, what memory they have, and how they are programmed."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from ranvier.errors import RanvierError
from ranvier.targets.board_file import OWN_BOARD, parse, unknown
from ranvier.targets.mcu.board_parts import (
    WORDS,
    Chip,
    Memory,
    Programming,
    flash_fault,
    memory_fault,
)
from ranvier.targets.mcu.cores import CORES

Kind = Literal["host", "emulated", "board", "core"]

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")  # it names folders as well
_IMAGE = re.compile(r"(\w[\w.-]*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A board, real or emulated, a core without one, or this computer.

    Attributes
    ----------
    core
        What the kernels are compiled for.
    compiler, package
        The program and the Debian packages that hold it.
    flags, link_flags
        Its arguments, run in the folder of the sources.
    sources, headers
        Patterns of the board's own files below ``firmware/``.
    code
        Of a user's own board file: the folder beside it whose C is ``boards/<name>/`` here.
    image
        Name of what is built; ``{net}`` stands for the network. Empty for a core without a board.
    memories
        What the linker may fill; none where nothing limits it.
    emulator, emulator_package
        The program that runs the image, and the Debian package that holds it; empty where the image
        runs by itself.
    machine
        The emulator's arguments for it.
    timer_hz
        Rate of the counter that steps are timed with; 0 where an emulator does not count with it.
    clock_hz
        Rate of the core; 0 where it is not set by the image.
    uart
        Where the link is: the peripheral, its pins, its speed.
    energy
        The profile that prices its instructions; empty where there is none.
    chip, flash
        How a real board is recognised and programmed.
    verified_on_silicon
        Whether this image was ever seen to run on such a board.
    deadline
        What ends a step that takes too long, on the core itself; empty where nothing does.
    sleep
        What counts and wakes the core while it runs free; empty where it cannot.
    watchdog
        What ends a step that takes too long from outside the core; empty where nothing does.
    safe_output
        The pin that tells whether there is an answer, and its level where there is none.
    """

    name: str
    describes: str
    core: str
    compiler: str
    package: str
    flags: tuple[str, ...]
    link_flags: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    code: str = ""
    image: str = ""
    memories: tuple[Memory, ...] = ()
    emulator: str = ""
    emulator_package: str = ""
    machine: tuple[str, ...] = ()
    timer_hz: int = 0
    clock_hz: int = 0
    uart: str = ""
    energy: str = ""
    chip: Chip | None = None
    flash: Programming | None = None
    verified_on_silicon: bool = False
    deadline: str = ""
    sleep: str = ""
    watchdog: str = ""
    safe_output: str = ""

    @property
    def family(self) -> Literal["mcu"]:
        """Whose way of being compiled and verified it has."""
        return "mcu"

    @property
    def kind(self) -> Kind:
        """What it is."""
        if self.core == "host":
            return "host"
        if self.emulator:
            return "emulated"
        return "board" if self.flash is not None else "core"

    @property
    def rom(self) -> int:
        """Bytes for constants; 0 where nothing limits them."""
        return self.memory("TABLES").size if self.memories else 0

    @property
    def ram(self) -> int:
        """Bytes for states and the stack; 0 where nothing limits them."""
        return self.memory("RAM").size if self.memories else 0

    def memory(self, name: str) -> Memory:
        """Return a region; ``TABLES`` is ``CODE`` where it isn't one of its own."""
        found = {m.name: m for m in self.memories}
        return found.get(name) or found["CODE"]


NAMES = (
    "host",
    "qemu-microbit",
    "qemu-mps2-an385",
    "qemu-mps2-an386",
    "qemu-mps2-an500",
    "qemu-mps2-an505",
    "qemu-mps3-an547",
    "qemu-riscv32",
    "nrf52840dk",
    "nrf54l15dk",
    "nucleo-l432kc",
    "nucleo-u575zi",
    "pico",
    "pico2",
    "cortex-m0plus",
    "cortex-m4",
    "cortex-m7",
    "cortex-m33",
    "cortex-m55",
    "rv32imc",
)


@cache
def board(name: str) -> Board:
    """Return the board called `name`.

    Raises
    ------
    RanvierError
        B001 for a name that is not known, listing those that are; B007 for a damaged board file.
    """
    if name not in NAMES:
        raise unknown("target", name, NAMES, OWN_BOARD)
    file = files("ranvier.targets.mcu").joinpath("boards", f"{name}.toml")
    return read_board(file.read_text("utf-8"), f"boards/{name}.toml")


def read_board(text: str, loc: str) -> Board:
    """Return the board that a file describes.

    Raises
    ------
    RanvierError
        B007 where it is no TOML, where a field is unknown, missing or of another type, and where
        the fields contradict each other.
    """
    found = parse(Board, text, loc)
    wrong = (
        _of_names(found)
        or memory_fault(found.memories)
        or flash_fault(found.chip, found.flash, found.memories)
    )
    if wrong:
        raise RanvierError("B007", wrong, loc=loc, hint="docs/boards.md describes the fields")
    return found


def _of_names(board: Board) -> str:
    if not _NAME.fullmatch(board.name):
        return f"`name` {board.name!r} is not small letters, digits and hyphens"
    if board.core not in CORES:
        return f"`core` {board.core!r} is none of {', '.join(CORES)}"
    if not _IMAGE.fullmatch(board.image.replace("{net}", "net")):
        return f"`image` {board.image!r} is not the name of a file, with {{net}} for the network"
    if board.memories and not board.image:
        return "a board with `memories` needs the name of its `image`"
    if board.emulator and board.flash is not None:
        return "a board is emulated or flashed, not both: `emulator` and `flash`"
    if board.clock_hz not in WORDS or board.timer_hz not in WORDS:
        return "`clock_hz` or `timer_hz` is no rate below 2^32 Hz"
    if board.flash is not None and not board.clock_hz:
        return "a board that is flashed needs its `clock_hz`"
    return ""
