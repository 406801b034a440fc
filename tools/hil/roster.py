# SPDX-License-Identifier: Apache-2.0
"""Which boards a bench has: ``rig.toml``, read and checked before any of them is touched."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ranvier.errors import RanvierError
from ranvier.targets.mcu.board import Board
from ranvier.tools.boards import OWN, find_target
from ranvier.tools.flash.probe import bare

WAYS = ("pyocd", "openocd")  # a USB drive appears when somebody holds a button
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
# What each way of getting an image onto the board needs beside `name` and `target`, and refuses.
FLASHERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "emulator": ((), ("port", "probe")),  # started for each use; the host's library likewise
    "none": (("port",), ()),  # it runs the image already: only asked
    **dict.fromkeys(WAYS, (("port", "probe"), ())),  # as `ranvier flash` does
}
LARGEST_FILE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RigBoard:
    """One board of the bench.

    Attributes
    ----------
    name
        What tests and people call it; no other board of the rig is called so.
    target
        What is compiled for it: a name of `ranvier targets`, or the path of a board file.
    flasher
        How an image gets there: a key of `FLASHERS`.
    port
        Where its link answers; empty where an emulator is started for each use.
    probe
        Serial number of its debug probe, as the operating system or the probe's tool gives it.
    """

    name: str
    target: str
    flasher: str
    port: str = ""
    probe: str = ""

    @property
    def core(self) -> str:
        """What its kernels are compiled for, for example ``cortex-m4``."""
        return find_target(self.target).board.core


def read_rig(path: Path) -> tuple[RigBoard, ...]:
    """Return the boards of a rig file, in its order.

    Raises
    ------
    RanvierError
        R001 not a readable rig file, R002 an unknown key or a value of the wrong type, R003 a
        missing field or one that the flasher has no use for, R004 two boards with one name, port
        or probe, R006 a flasher that is unknown or not the target's, B001 an unknown target.
    """
    loc = str(path)
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
        if len(data) > LARGEST_FILE:
            raise ValueError(f"it has more than {LARGEST_FILE} bytes")
        table = tomllib.loads(data.decode())
    except (OSError, ValueError, RecursionError) as e:  # bad TOML and bad UTF-8 are ValueErrors
        raise RanvierError(
            "R001", f"the rig file cannot be read: {e}", loc=loc, hint="docs/hil.md has an example"
        ) from e
    for key in sorted(set(table) - {"board"}):
        raise RanvierError(
            "R002", f"unknown key {key!r}", loc=loc, hint="a rig file has [[board]] tables only"
        )
    entries = table.get("board", [])
    if not isinstance(entries, list) or not entries:
        raise RanvierError(
            "R001", "the rig has no boards", loc=loc, hint="add a [[board]] table: docs/hil.md"
        )
    boards = tuple(
        _board(entry, path.parent, f"{loc}:board {k}") for k, entry in enumerate(entries, 1)
    )
    _check_unique(boards, loc)
    return boards


def pick(boards: Sequence[RigBoard], wanted: str) -> RigBoard | None:
    """Return the first board of that name, else of that target, else with that core."""
    for key in ("name", "target", "core"):
        for board in boards:
            if getattr(board, key) == wanted:
                return board
    return None


def _board(entry: Any, folder: Path, loc: str) -> RigBoard:
    known = [field.name for field in fields(RigBoard)]
    if not isinstance(entry, dict):
        raise RanvierError("R002", f"a board is a table, not {entry!r}", loc=loc, hint="[[board]]")
    for key, value in entry.items():
        if key not in known:
            raise RanvierError(
                "R002", f"unknown key {key!r}", loc=loc, hint=f"known: {', '.join(known)}"
            )
        if not isinstance(value, str) or not value or not value.isprintable():
            raise RanvierError(
                "R002", f"{key} = {value!r} is not a text", loc=loc,
                hint='write it in quotes, a number as well: probe = "0683..."',
            )  # fmt: skip
    _check_fields(entry, loc)
    if not _NAME.fullmatch(entry["name"]):
        raise RanvierError(
            "R002", f"name = {entry['name']!r} is no name", loc=loc,
            hint="letters, digits, and . _ - after the first",
        )  # fmt: skip
    if entry["target"].endswith(OWN):
        entry["target"] = str(folder / entry["target"])
    try:
        _check_way(find_target(entry["target"]).board, entry["flasher"])
    except RanvierError as e:
        raise RanvierError(e.code, e.what, loc=loc, hint=e.hint) from e
    return RigBoard(**entry)


def _check_way(target: Board, flasher: str) -> None:
    """Refuse a way of programming that is not that of the target (`ranvier targets`)."""
    if flasher == "emulator" and target.kind in ("board", "core"):
        raise RanvierError(
            "R006", f"nothing emulates {target.name}", loc=target.name,
            hint='flasher = "none" for what runs already',
        )  # fmt: skip
    if flasher not in WAYS:
        return
    own = target.flash.method if target.flash is not None else "none or emulator"
    if flasher != own and (own, flasher) != ("uf2", "pyocd"):
        raise RanvierError(
            "R006", f"{target.name} is not programmed through {flasher}", loc=target.name,
            hint=f"its flasher is {own}",
        )  # fmt: skip


def _check_fields(entry: dict[str, str], loc: str) -> None:
    for key in ("name", "target", "flasher"):
        if key not in entry:
            raise RanvierError("R003", f"{key} is missing", loc=loc, hint=f'add {key} = "..."')
    flasher = entry["flasher"]
    if flasher not in FLASHERS:
        raise RanvierError(
            "R006", f"unknown flasher {flasher!r}", loc=loc, hint=f"known: {', '.join(FLASHERS)}"
        )
    needed, useless = FLASHERS[flasher]
    for key in needed:
        if key not in entry:
            raise RanvierError(
                "R003", f"flasher {flasher!r} needs {key}", loc=loc, hint=f'add {key} = "..."'
            )
    for key in useless:
        if key in entry:
            raise RanvierError(
                "R003", f"flasher {flasher!r} has no use for {key}", loc=loc,
                hint='remove it, or say flasher = "none" for what runs already',
            )  # fmt: skip


def _check_unique(boards: Sequence[RigBoard], loc: str) -> None:
    for key in ("name", "port", "probe"):
        seen: set[str] = set()
        for board in boards:
            value = getattr(board, key)
            value = bare(value) if key == "probe" else value
            if value and value in seen:
                raise RanvierError(
                    "R004", f"two boards have {key} {value!r}", loc=loc,
                    hint="each board has a name, a port and a probe of its own",
                )  # fmt: skip
            seen.add(value)
