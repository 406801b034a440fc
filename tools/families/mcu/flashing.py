# SPDX-License-Identifier: Apache-2.0
"""Puts an image on its board, and asks the board whether it runs it."""

import tempfile
from pathlib import Path

from ranvier.errors import RanvierError
from ranvier.targets.process import find_program
from ranvier.tools.build import Build, open_app
from ranvier.tools.flash.firmware import read_firmware
from ranvier.tools.flash.flashed import Flashed
from ranvier.tools.flash.job import FILE, Job, Step, half_written, program
from ranvier.tools.flash.methods import flasher, port_of
from ranvier.tools.link.streams import SerialStream
from ranvier.tools.session import open_device

UNKNOWN_PROBE = "PROBE"


def flash(build: Build, probe: str | None, port: str | None, dry_run: bool) -> Flashed:
    """Load the image, as `ranvier.flash` says."""
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
