# SPDX-License-Identifier: Apache-2.0
"""Boards as data: what compiles for them and how much memory they have."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from ranvier.errors import RanvierError


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A board, real or emulated.

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
    image
        Name of what is built; ``{net}`` stands for the network.
    rom, ram
        Bytes; 0 where nothing limits them.
    emulator, emulator_package
        The program that runs the image, and the Debian package that holds it; empty where the image
        runs by itself.
    machine
        The emulator's arguments for it.
    timer_hz
        Rate of the counter that steps are timed with; 0 where an emulator does not count with it.
    deadline
        What ends a step that takes too long, on the core itself; empty where nothing does.
    watchdog
        What does so from outside the core; empty where nothing does.
    """

    name: str
    describes: str
    core: str
    compiler: str
    package: str
    flags: tuple[str, ...]
    link_flags: tuple[str, ...]
    sources: tuple[str, ...]
    headers: tuple[str, ...]
    image: str
    rom: int
    ram: int
    emulator: str
    emulator_package: str
    machine: tuple[str, ...]
    timer_hz: int
    deadline: str = ""
    watchdog: str = ""


NAMES = (
    "host",
    "qemu-microbit",
    "qemu-mps2-an385",
    "qemu-mps2-an386",
    "qemu-mps2-an500",
    "qemu-mps2-an505",
    "qemu-mps3-an547",
)


def board(name: str) -> Board:
    """Return the board called `name`.

    Raises
    ------
    RanvierError
        B001 for a name that is not known, listing those that are.
    """
    if name not in NAMES:
        raise RanvierError(
            "B001",
            f"unknown target {name!r}",
            loc="--target",
            hint=f"known: {', '.join(NAMES)}; `ranvier targets` describes them",
        )
    text = files("ranvier.targets.mcu").joinpath("boards", f"{name}.toml").read_text("utf-8")
    fields: dict[str, Any] = tomllib.loads(text)
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()}
    return Board(**values)
