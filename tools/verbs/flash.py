# SPDX-License-Identifier: Apache-2.0
"""``ranvier flash``: put a build on its board and ask it who it is."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ranvier.targets.process import find_program
from ranvier.tools.build import Build, open_app
from ranvier.tools.session import open_device


@dataclass(frozen=True, slots=True, kw_only=True)
class Flashed:
    """The board, and whether it answered with the build's network."""

    board: str
    image: str
    signature: str
    verified: bool
    dry_run: bool

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return {
            "board": self.board,
            "image": self.image,
            "signature": self.signature,
            "verified": self.verified,
            "dry_run": self.dry_run,
        }


def flash(build: Build | str | Path, *, port: str | None = None, dry_run: bool = False) -> Flashed:
    """Load the build's image and check that what runs is what was compiled.

    With `port`, a device that runs already is asked; nothing is loaded onto it in this version.
    An emulator loses its memory when it ends, so for one this boots the image, checks its answer
    and ends it; `run` and `verify` boot it again. With `dry_run` nothing is started.

    Raises
    ------
    RanvierError
        T001 where the emulator is missing, L005 where the board answers with another network.
    """
    found = open_app(build)
    if dry_run:
        if found.board.emulator:
            find_program(found.board.emulator, found.board.emulator)
    else:
        with open_device(found, port):
            pass
    return Flashed(
        board=found.board.name,
        image=str(found.image),
        signature=found.signature.hex(),
        verified=not dry_run,
        dry_run=dry_run,
    )
