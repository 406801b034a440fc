# SPDX-License-Identifier: Apache-2.0
"""``ranvier flash``: put a build on its board and ask it who it is."""

import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ranvier.errors import RanvierError
from ranvier.targets.process import find_program
from ranvier.tools.build import Build, open_app
from ranvier.tools.flash.firmware import read_firmware
from ranvier.tools.flash.job import FILE, Job, Step, half_written, program
from ranvier.tools.flash.methods import flasher, port_of
from ranvier.tools.link.streams import SerialStream
from ranvier.tools.session import open_device

UNKNOWN_PROBE = "PROBE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flashed:
    """The board, and whether it answered with the build's network.

    Attributes
    ----------
    method
        ``pyocd``, ``openocd``, ``uf2``, ``emulator`` or ``library``; ``port`` where a device that
        ran already was asked.
    address, bytes, image_sha256
        What is written where, for a real board.
    read_back
        Whether the flash was read and found equal.
    verified
        Whether the board named this network and this build over the link.
    """

    board: str
    image: str
    signature: str
    verified: bool
    dry_run: bool
    method: str
    probe: str = ""
    port: str = ""
    address: int = 0
    bytes: int = 0
    image_sha256: str = ""
    read_back: bool = False
    verified_on_silicon: bool | None = None
    steps: tuple[Step, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return asdict(self)


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
    found = open_app(build)
    if found.board.kind == "board":
        return _flash_board(found, probe, port, dry_run)
    method = "library"
    if found.board.emulator:
        method = "emulator"
    if dry_run:
        if found.board.emulator:
            find_program(found.board.emulator, found.board.emulator_package)
    else:
        with open_device(found, port):
            pass
    return Flashed(
        board=found.board.name,
        image=str(found.image),
        signature=found.signature.hex(),
        verified=not dry_run,
        dry_run=dry_run,
        method="port" if port is not None else method,
        port=port or "",
    )


def _ask(found: Build, port: str, job: Job) -> None:
    """See that the board runs this build, and finds its own image whole.

    Raises
    ------
    RanvierError
        F004 where it says that it is damaged, else as `open_device`.
    """
    try:
        with open_device(found, port) as device:
            device.reset()  # refused by an image that is not what was built
    except RanvierError as e:
        if e.code == "L011":
            raise half_written(job, e.what) from e
        what = f"{job.board.name} was written to, but is not known to run: {e.what}"
        raise RanvierError(e.code, what, loc=e.loc, hint=e.hint) from e


def _flash_board(found: Build, probe: str | None, port: str | None, dry_run: bool) -> Flashed:
    board = found.board
    firmware = read_firmware(found.image.read_bytes(), board, str(found.image))
    method, way = flasher(board, probe)
    read_back = False
    if dry_run:
        where = probe or UNKNOWN_PROBE
        job = Job(board=board, firmware=firmware, probe=where, folder=Path("TEMPORARY"))
    else:
        where = way.find(board, probe)
        port = port or port_of(where, board)
        SerialStream(port).close()  # nothing is written where nobody could be asked
        with tempfile.TemporaryDirectory(prefix="ranvier-flash-") as folder:
            job = Job(board=board, firmware=firmware, probe=where, folder=Path(folder))
            (job.folder / FILE).write_bytes(firmware.data)
            read_back = program(way, job)
            _ask(found, port, job)
    asked = port or ("--port" if method == "uf2" else "the serial port of the probe")
    ask = Step(what=f"say HELLO at {asked}, expect this build")
    return Flashed(
        board=board.name,
        image=str(found.image),
        signature=found.signature.hex(),
        verified=not dry_run,
        dry_run=dry_run,
        method=method,
        probe="" if where == UNKNOWN_PROBE else where,
        port=port or "",
        address=firmware.base,
        bytes=len(firmware.data),
        image_sha256=firmware.sha256,
        read_back=read_back,
        verified_on_silicon=board.verified_on_silicon,
        steps=(*way.steps(job), ask),
    )
