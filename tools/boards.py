# SPDX-License-Identifier: Apache-2.0
"""Finds what `--target` names: a target of Ranvier's, or a board file of the user's own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ranvier.errors import RanvierError
from ranvier.paths import is_dir, is_file
from ranvier.targets.mcu.board import Board, board
from ranvier.targets.mcu.build import firmware
from ranvier.targets.mcu.own_board import CODE_ENDINGS, check_sources, own_board

OWN = ".toml"
LARGEST_FILE = 1 << 20
MOST_FILES = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A board, and what a user's own file brought besides.

    Attributes
    ----------
    text
        The board file; empty for a target of Ranvier's.
    file
        Its name.
    code
        The text of each file of the user's C by its path among the sources.
    """

    board: Board
    text: str = ""
    file: str = ""
    code: Mapping[str, str] = field(default_factory=dict)


def find_target(name: str) -> Target:
    """Return a target by its name, or read the board file that a name ending in .toml leads to.

    Raises
    ------
    RanvierError
        B001 for a name that is not known, B009 where a file or its code cannot be read, B007 for
        what is wrong in it, B010 where it takes the name of another target.
    """
    if not name.endswith(OWN):
        return Target(board=board(name))
    path = Path(name)
    text = _read(path, name)
    found = own_board(text, name)
    code = _code(path.parent / found.code, found, name) if found.code else {}
    check_sources(found, firmware(), code, name)
    return Target(board=found, text=text, file=path.name, code=code)


def _code(folder: Path, board: Board, loc: str) -> dict[str, str]:
    """Return the C beside a board file, as ``boards/<name>/...``."""
    loc = f"{loc}:code"
    inside = Path(board.code)
    if inside.is_absolute() or ".." in inside.parts or not is_dir(folder):
        raise _unreadable(f"there is no folder {board.code!r} beside the board file", loc)
    files = sorted(p for p in folder.rglob("*") if p.suffix in CODE_ENDINGS and is_file(p))
    if not files:
        raise _unreadable(f"the folder {board.code!r} holds no {' '.join(CODE_ENDINGS)}", loc)
    if len(files) > MOST_FILES:
        raise _unreadable(f"the folder {board.code!r} holds more than {MOST_FILES} files", loc)
    return {
        f"boards/{board.name}/{p.relative_to(folder).as_posix()}": _read(p, str(p)) for p in files
    }


def _read(path: Path, loc: str) -> str:
    if not is_file(path):
        raise _unreadable("this is a folder" if is_dir(path) else "there is no such file", loc)
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
        if len(data) > LARGEST_FILE:
            raise ValueError(f"it has more than {LARGEST_FILE} bytes")
        return data.decode()
    except (OSError, ValueError) as e:  # bad UTF-8 is a ValueError
        raise _unreadable(f"it cannot be read: {e}", loc) from e


def _unreadable(what: str, loc: str) -> RanvierError:
    return RanvierError("B009", what, loc=loc, hint="docs/boards.md tells how to add a board")
