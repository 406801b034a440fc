# SPDX-License-Identifier: Apache-2.0
"""Boards as data: what compiles for them, what memory they have, and how they are programmed."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Literal

from ranvier.errors import RanvierError
from ranvier.targets.mcu.board_file import parse
from ranvier.targets.mcu.cores import CORES

Kind = Literal["host", "emulated", "board", "core"]

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")  # it names folders as well
_IMAGE = re.compile(r"(\w[\w.-]*)?")
_WORDS = range(1 << 32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """A region of the linker's: ``CODE``, ``RAM``, or ``TABLES`` where constants lie elsewhere.

    Attributes
    ----------
    origin, size
        Address and bytes.
    """

    name: str
    origin: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """How the chip on a board is told from others: ``word at address & mask == value``.

    Attributes
    ----------
    name
        As its maker writes it.
    address, mask, value
        A register that only this kind of chip answers so, read through the debug port.
    """

    name: str
    address: int
    mask: int
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Programming:
    """How an image gets onto a board.

    Attributes
    ----------
    method
        ``pyocd``, ``openocd`` or ``uf2``.
    target
        pyocd's name of the chip; empty where it has none.
    identify
        The target that pyocd takes for the chip before it is known.
    scripts
        openocd's scripts: the interface and the chip.
    family
        UF2's number of the chip.
    drive
        The ``Board-ID`` that the chip's USB drive states.
    """

    method: Literal["pyocd", "openocd", "uf2"]
    target: str = ""
    identify: str = "cortex_m"
    scripts: tuple[str, ...] = ()
    family: int = 0
    drive: str = ""


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
        raise RanvierError(
            "B001",
            f"unknown target {name!r}",
            loc="--target",
            hint=f"known: {', '.join(NAMES)}; `ranvier targets` describes them; or the path of a"
            " board file of your own, ending in .toml",
        )
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
    wrong = _of_names(found) or _of_memories(found) or _of_flash(found)
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
    if board.clock_hz not in _WORDS or board.timer_hz not in _WORDS:
        return "`clock_hz` or `timer_hz` is no rate below 2^32 Hz"
    if board.flash is not None and not board.clock_hz:
        return "a board that is flashed needs its `clock_hz`"
    return ""


def _of_memories(board: Board) -> str:
    regions = [m.name for m in board.memories]
    wrong = ""
    if len(set(regions)) != len(regions) or not set(regions) <= {"CODE", "TABLES", "RAM"}:
        wrong = "`memories` are CODE, RAM and perhaps TABLES, each once"
    elif board.memories and not {"CODE", "RAM"} <= set(regions):
        wrong = "`memories` lack CODE or RAM"
    elif any(m.size <= 0 or m.origin < 0 or m.origin + m.size > 1 << 32 for m in board.memories):
        wrong = "a memory leaves the 32-bit address space"
    elif any(m.origin % 8 or m.size % 8 for m in board.memories):
        wrong = "a memory's `origin` or `size` is no multiple of 8"
    else:
        for low, high in pairwise(sorted(board.memories, key=lambda m: m.origin)):
            if low.origin + low.size > high.origin:
                wrong = f"the memories {low.name} and {high.name} overlap at 0x{high.origin:08x}"
    return wrong


def _of_flash(board: Board) -> str:
    chip, how = board.chip, board.flash
    wrong = ""
    if how is not None and (chip is None or not board.memories):
        wrong = "a board that is flashed needs `chip` and `memories`"
    elif chip is not None and not all(w in _WORDS for w in (chip.address, chip.mask, chip.value)):
        wrong = "`chip`: `address`, `mask` and `value` are words of 32 bits"
    elif chip is not None and chip.address % 4:
        wrong = f"`chip`: no register is at 0x{chip.address:08x}, which is no multiple of 4"
    elif chip is not None and not chip.mask:
        wrong = "`chip`: with a `mask` of 0 every chip is this one"
    elif chip is not None and chip.value & ~chip.mask:
        wrong = "`chip`: `value` has bits that `mask` leaves out: no chip is this one"
    elif how is not None and how.family not in _WORDS:
        wrong = "`flash`: `family` is a word of 32 bits"
    elif how is not None:
        wrong = _lacks(how)
    return wrong


def _lacks(how: Programming) -> str:
    needs: dict[str, tuple[str, ...]] = {
        "pyocd": ("target",), "openocd": ("scripts",), "uf2": ("family", "drive"),
    }  # fmt: skip
    missing = [key for key in needs[how.method] if not getattr(how, key)]
    return f"`flash` lacks {', '.join(missing)}, which {how.method} needs" if missing else ""
