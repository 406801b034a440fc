# SPDX-License-Identifier: Apache-2.0
"""A board of the user's own: what his file may say beyond being a board file at all.

It names programs to start and arguments to give them, so it may name only such as compile and
emulate, and only files that go into the build.
"""

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatch

from ranvier.errors import RanvierError
from ranvier.targets.mcu.board import NAMES, Board, read_board
from ranvier.targets.mcu.cores import CORES
from ranvier.targets.mcu.memory import STACK_FLAG, linker_number

CODE_ENDINGS = (".c", ".h", ".S", ".ld")
_COMPILER = re.compile(r"[A-Za-z0-9._-]*gcc")
_EMULATOR = re.compile(r"qemu-system-[a-z0-9]+")
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9.+ -]*")
# What neither runs a program nor reads a file from elsewhere.
_PLAIN = r"-[mOg][A-Za-z0-9=+.-]*|-f(?!plugin)[A-Za-z0-9-]+(=[A-Za-z0-9.-]+)?"
_FLAG = re.compile(rf"{_PLAIN}|-[DU]\w+(=[^@]*)?|-I[\w./-]+|-W[A-Za-z0-9=-]*")
_LINK_FLAG = re.compile(
    rf"{_PLAIN}|-nostdlib|-nostartfiles|-static|-l[a-z0-9_+]+|-[LT][\w./-]+"
    r"|-Wl,--(gc-sections|no-warn-rwx-segments|(defsym=\w+|entry|undefined)=\w+)"
)
_MACHINE = ("-M", "-machine", "-cpu", "-m", "-smp", "-bios", "-global")
_FOLDERS = ("-I", "-L", "-T")


def own_board(text: str, loc: str) -> Board:
    """Return the board that a user's file describes.

    Raises
    ------
    RanvierError
        B007 as `read_board`, and for what only a file of Ranvier's own may say; B010 for the name
        of a target that there is.
    """
    board = read_board(text, loc)
    if board.name in NAMES:
        raise RanvierError(
            "B010", f"{board.name!r} is a target of Ranvier's own", loc=f"{loc}:name",
            hint=f'give yours another name, such as "my-{board.name}"',
        )  # fmt: skip
    for wrong, field, what, hint in _faults(board):
        if wrong:
            raise RanvierError("B007", what, loc=f"{loc}:{field}", hint=hint)
    return board


def _faults(b: Board) -> Iterable[tuple[bool, str, str, str]]:
    """Yield (is it wrong, field, what is wrong, hint)."""
    yield (
        b.core == "host", "core", "a board's core is not this computer's",
        f"known: {', '.join(core for core in CORES if core != 'host')}",
    )  # fmt: skip
    cpus = [flag.removeprefix("-mcpu=") for flag in b.flags if flag.startswith("-mcpu=")]
    yield (
        b.core.startswith("cortex-") and [cpu.split("+")[0] for cpu in cpus] != [b.core], "flags",
        f"the compiler is not told once that the core is {b.core}", f"-mcpu={b.core}",
    )  # fmt: skip
    yield (
        not _COMPILER.fullmatch(b.compiler), "compiler", f"{b.compiler!r} is no GCC",
        "a program on the PATH whose name ends in gcc, such as arm-none-eabi-gcc",
    )  # fmt: skip
    for field, package in (("package", b.package), ("emulator_package", b.emulator_package)):
        yield (
            not _PACKAGE.fullmatch(package or "x"), field, f"{package!r} is no package's name",
            "the Debian package that holds the program, for the message that it is missing",
        )  # fmt: skip
    yield (
        bool(b.emulator) and not _EMULATOR.fullmatch(b.emulator), "emulator",
        f"{b.emulator!r} is no emulator of QEMU's", "such as qemu-system-arm",
    )  # fmt: skip
    yield (
        bool(b.image) and not b.memories, "memories", "an image needs memories to lie in",
        "[[memories]] with CODE and RAM",
    )  # fmt: skip
    yield (
        bool(b.emulator) and not b.timer_hz, "timer_hz", "an emulated board needs its timer's rate",
        "that of the counter which rv_board_ticks() reads",
    )  # fmt: skip
    yield (
        b.verified_on_silicon and b.flash is None, "verified_on_silicon",
        "there is no silicon without a way to flash it", "leave it out",
    )  # fmt: skip
    for flag in b.flags:
        yield (not _FLAG.fullmatch(flag) or _leaves(flag), "flags", *_refused(flag, "-m -O -f -D"))
    for flag in b.link_flags:
        bad = not _LINK_FLAG.fullmatch(flag) or _leaves(flag)
        yield (bad, "link_flags", *_refused(flag, "-L -T -l -Wl, -nostdlib"))
        yield (
            STACK_FLAG in flag and not _is_number(flag.rpartition("=")[2]), "link_flags",
            f"the stack of {flag!r} is no number", "bytes, such as 2048, 0x800 or 2K",
        )  # fmt: skip
    for flag in b.machine[::2]:
        yield (
            flag not in _MACHINE or len(b.machine) % 2 == 1, "machine",
            f"{flag!r} is none of {' '.join(_MACHINE)}, each with a value",
            'such as ["-M", "mps2-an386"]',
        )  # fmt: skip


def _refused(flag: str, known: str) -> tuple[str, str]:
    what = f"the argument {flag!r} is not one that a board file may give"
    return what, f"arguments such as {known}, and folders below those of the sources"


def _is_number(text: str) -> bool:
    try:
        return linker_number(text) > 0
    except ValueError:
        return False


def _leaves(flag: str) -> bool:
    """Tell whether a flag leads out of the folder of the sources."""
    path = flag[2:] if flag.startswith(_FOLDERS) else ""
    return path.startswith(("/", "~")) or ".." in path.split("/")


def check_sources(board: Board, packaged: Iterable[str], own: Mapping[str, str], loc: str) -> None:
    """Refuse a board whose patterns and folders lead to nothing.

    Parameters
    ----------
    packaged
        Paths of Ranvier's own firmware.
    own
        The text of each file of the user's by its path.

    Raises
    ------
    RanvierError
        B007.
    """
    if not board.image:
        return
    home = f"boards/{board.name}"
    paths = [*packaged, *own]
    for field, patterns in (("sources", board.sources), ("headers", board.headers)):
        for pattern in patterns:
            if not any(fnmatch(path, pattern) for path in paths):
                raise RanvierError(
                    "B007", f"no file of the firmware is called {pattern!r}", loc=f"{loc}:{field}",
                    hint=f"patterns below firmware/; files of your own are {home}/*: give `code`",
                )  # fmt: skip
    there = [*paths, f"{home}/memory.ld"]
    taken = [
        p for p in there
        if p.startswith(f"{home}/") or any(fnmatch(p, x) for x in (*board.sources, *board.headers))
    ]  # fmt: skip
    for flag in (*board.flags, *board.link_flags):
        if not flag.startswith(_FOLDERS):
            continue
        path = flag[2:].rstrip("/")
        if not any(p == path or p.startswith(f"{path}/") for p in taken):
            raise RanvierError(
                "B007", f"{flag} leads to nothing that is in this image", loc=loc,
                hint=f"its memories are written to {home}/memory.ld: -L{home}; what else"
                " a flag names must be in `sources` or `headers`",
            )  # fmt: skip
    if not any(p.endswith("/memory.ld") and f"-L{home}" in board.link_flags for p in taken):
        raise RanvierError(
            "B007", "the linker is not told where the memories are", loc=f"{loc}:link_flags",
            hint=f"add -L{home}: memory.ld is written there",
        )  # fmt: skip
