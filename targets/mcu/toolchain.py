# SPDX-License-Identifier: Apache-2.0
"""Compilers: a board's own GCC, or Zig's Clang from PyPI where no GCC can be had.

A board's file speaks GCC. What its flags are called elsewhere is said here, and nowhere else.
"""

import importlib.util
import re
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from ranvier.errors import RanvierError
from ranvier.targets.mcu.board import Board
from ranvier.targets.mcu.cores import CORES

Name = Literal["auto", "gcc", "zig"]
NAMES: tuple[Name, ...] = ("auto", "gcc", "zig")
ZIG = (sys.executable, "-m", "ziglang")
SCRIPT = "build/image.ld"

# core: what Zig calls its target and its cpu. No float crosses a call, so that any ABI will do.
_ZIG_CORES = {
    "host": ("native", "baseline"),
    "cortex-m0": ("thumb-freestanding-eabi", "cortex_m0"),
    "cortex-m0plus": ("thumb-freestanding-eabi", "cortex_m0plus"),
    "cortex-m3": ("thumb-freestanding-eabi", "cortex_m3"),
    "cortex-m4": ("thumb-freestanding-eabi", "cortex_m4"),
    "cortex-m7": ("thumb-freestanding-eabi", "cortex_m7"),
    "cortex-m33": ("thumb-freestanding-eabi", "cortex_m33"),
    "cortex-m55": ("thumb-freestanding-eabi", "cortex_m55"),
    "rv32imc": ("riscv32-freestanding-none", "generic_rv32+m+c+zicsr"),
}
_GCC_ALONE = ("-fno-tree-loop-distribute-patterns",)  # -ffreestanding says so to Clang
# After a board's own flags, for size: -Os, and without what copies code, or moves it into registers
# whose instructions are longer (184 bytes of two dense layers on a Cortex-M4).
_SMALL = (
    "-Os", "-fno-expensive-optimizations", "-fno-move-loop-invariants", "-fno-tree-loop-optimize",
    "-fno-schedule-insns2", "-fno-optimize-sibling-calls", "-fno-forward-propagate",
    "-fno-tree-tail-merge", "-fno-caller-saves", "-fno-tree-ter",
)  # fmt: skip
_DEFSYM = "-Wl,--defsym="


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolchain:
    """A compiler for one board.

    Attributes
    ----------
    driver
        How it is started, to compile and to link.
    version
        The arguments, after the program's name, that print its version.
    package
        What brings it, for the message that it is missing.
    core
        The core whose kernels it can build.
    flags, link_flags
        The board's, in its words.
    small
        What it gets besides for code that is to be small; nothing where all is compiled alike.
    call_graph
        The arguments that make it write how functions call each other; none where it cannot.
    script
        The linker script by its path among the sources, where it takes but one file.
    """

    name: Literal["gcc", "zig"]
    driver: tuple[str, ...]
    version: tuple[str, ...]
    package: str
    core: str
    flags: tuple[str, ...]
    link_flags: tuple[str, ...]
    small: tuple[str, ...] = ()
    call_graph: tuple[str, ...] = ()
    script: Callable[[Mapping[str, str]], dict[str, str]] = lambda _: {}


def toolchain(board: Board, asked: Name = "auto") -> Toolchain:
    """Return the compiler for a board.

    Parameters
    ----------
    asked
        ``gcc``, ``zig``, or ``auto``: Zig where it is installed and the board's compiler is not.

    Raises
    ------
    RanvierError
        C021 for a name that is not known, T005 where Zig is asked for and not installed, C022 where
        Zig does not know the board's core.
    """
    if asked not in NAMES:
        raise RanvierError(
            "C021", f"unknown compiler {asked!r}", loc="--compiler",
            hint=f"known: {', '.join(NAMES)}",
        )  # fmt: skip
    if asked == "zig" and not has_zig():
        raise RanvierError(
            "T005", "the Python package ziglang is not installed", loc="--compiler zig",
            hint="pip install 'ranvier[zig]'",
        )  # fmt: skip
    instead = asked == "auto" and shutil.which(board.compiler) is None and has_zig()
    return _zig(board) if instead or asked == "zig" else _gcc(board)


def has_zig() -> bool:
    """Tell whether Zig is installed in this Python."""
    return importlib.util.find_spec("ziglang") is not None


def _gcc(board: Board) -> Toolchain:
    return Toolchain(
        name="gcc",
        driver=(board.compiler,),
        version=("--version",),
        package=f"{board.package}, or pip install 'ranvier[zig]'",
        core=board.core,
        flags=board.flags,
        link_flags=board.link_flags,
        small=() if board.core == "host" else _SMALL,
        call_graph=("-fcallgraph-info=su", "-dumpdir", "obj/"),
    )


def _zig(board: Board) -> Toolchain:
    if board.core not in _ZIG_CORES:
        raise RanvierError(
            "C022", f"Zig is not set up for the core {board.core}", loc=f"--target {board.name}",
            hint=f"install the board's own compiler: apt-get install {board.package}",
        )  # fmt: skip
    target, cpu = _ZIG_CORES[board.core]
    kept = [f for f in board.flags if f.startswith(("-O", "-D", "-I", "-f"))]
    plain = [f for f in board.link_flags if not f.startswith(("-L", "-T", _DEFSYM))]
    scripted = any(f.startswith("-T") for f in board.link_flags)
    return Toolchain(
        name="zig",
        driver=(*ZIG, "cc"),
        version=("-m", "ziglang", "version"),
        package="pip install 'ranvier[zig]'",
        # Clang cannot compile assembly that takes every register there is. Every core that has such
        # kernels runs those of Cortex-M3.
        core="cortex-m3" if CORES[board.core] in ("dsp", "helium", "thumb1") else board.core,
        flags=(
            "-target", target, f"-mcpu={cpu}", *(f for f in kept if f not in _GCC_ALONE),
            "-fomit-frame-pointer", "-fno-unwind-tables", "-fno-asynchronous-unwind-tables", "-g0",
        ),
        # Its own library stands in for libgcc, and -nostdlib would leave it out.
        link_flags=(
            *(f for f in plain if f not in ("-nostdlib", "-lgcc")),
            *((f"-T{SCRIPT}", "-Wl,--entry=rv_reset") if scripted else ()),
        ),
        script=lambda sources: {SCRIPT: one_script(sources, board.link_flags)} if scripted else {},
    )  # fmt: skip


def one_script(sources: Mapping[str, str], link_flags: Sequence[str]) -> str:
    """Return a board's linker script in one file: what it includes, and the symbols of the command.

    Zig passes on neither folders for INCLUDE nor ``--defsym``.
    """
    folders = [f.removeprefix("-L") for f in link_flags if f.startswith("-L")]
    symbols = [f.removeprefix(_DEFSYM) for f in link_flags if f.startswith(_DEFSYM)]

    def read(path: str) -> str:
        def included(found: re.Match[str]) -> str:
            places = [PurePosixPath(folder, found[1]).as_posix() for folder in folders]
            return read(next(p for p in places if p in sources))

        return re.sub(r"^INCLUDE (\S+)$", included, sources[path], flags=re.MULTILINE)

    (script,) = (f.removeprefix("-T") for f in link_flags if f.startswith("-T"))
    head = "/* SPDX-License-Identifier: Apache-2.0 */\n/* Generated by Ranvier; do not edit. */\n"
    return head + "".join(f"{s.replace('=', ' = ')};\n" for s in symbols) + read(script)


def explained(e: RanvierError) -> RanvierError:
    """Return Zig's complaint that it has no place for its cache with what helps."""
    if "AppDataDirUnavailable" not in e.what:
        return e
    hint = "Zig keeps a cache: set HOME, or ZIG_GLOBAL_CACHE_DIR to a folder that you can write"
    return RanvierError(e.code, e.what, loc=e.loc, hint=hint)
