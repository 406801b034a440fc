# SPDX-License-Identifier: Apache-2.0
"""``ranvier flash``: put a build on its board and ask it who it is."""

from pathlib import Path

from ranvier.tools.build import Build, open_build
from ranvier.tools.families import family_of
from ranvier.tools.flash.flashed import Flashed


def flash(
    build: Build | str | Path,
    *,
    probe: str | None = None,
    port: str | None = None,
    dry_run: bool = False,
) -> Flashed:
    """Load the build's image and check that what runs is what was compiled.

    A real board is recognised before it is written to, read back afterwards, reset, and asked over
    its serial `port`. An emulator loses its memory when it ends, so for one this boots the image,
    checks its answer and ends it; `run` and `verify` boot it again. With `port`, an emulator or
    a library that runs already is asked, and nothing is loaded. With `dry_run` nothing is started.

    Parameters
    ----------
    probe
        The debug probe's id, or the folder of a board's USB drive; needed where there are
        several.
    port
        Where the board answers: any address that pyserial opens. None: the serial port that has the
        probe's serial number.

    Raises
    ------
    RanvierError
        T001 where a program is missing, F0.. where the board cannot be programmed, L0.. and B005
        where it does not answer as this build.
    """
    found = open_build(build)
    return family_of(found).flash(found, probe, port, dry_run)
