# SPDX-License-Identifier: Apache-2.0
"""Boards behind a debug probe that pyocd knows: CMSIS-DAP, ST-LINK, J-Link with SEGGER's library.

It runs as a program of its own, so that whatever it does ends with it.
"""

import json
import re
import shutil
import sys
from pathlib import Path

from ranvier.errors import RanvierError
from ranvier.targets.mcu.board import Board
from ranvier.targets.process import run_program
from ranvier.tools.flash.job import FILE, Job, Step, check_chip, the_one

READ = "readback.bin"
_INSTALL = "pip install 'ranvier[flash]'"
# A locked chip stays locked: unlocking erases it, and that is for its owner to say.
_SAFE = ("--no-wait", "-O", "auto_unlock=false")


class Pyocd:
    """Programs through pyocd's built-in targets."""

    def find(self, board: Board, wanted: str | None) -> str:
        """Return the probe's unique id."""
        text = _run((_program(), "json", "--probes"), "--probe")
        try:
            probes = {str(b["unique_id"]): str(b["info"]) for b in json.loads(text)["boards"]}
        except (ValueError, KeyError, TypeError) as e:
            raise RanvierError(
                "T002", f"pyocd's list of probes is not readable: {e}", loc="--probe",
                hint="run it by hand: pyocd json --probes",
            ) from e  # fmt: skip
        return the_one(probes, wanted, board, "debug probe")

    def steps(self, job: Job) -> tuple[Step, ...]:
        """Return the commands."""
        f = job.firmware
        return (
            Step(what=f"recognise the {job.chip.name}", command=_identify(job)),
            Step(what=f"write {len(f.data)} bytes at 0x{f.base:08x}", command=_write(job)),
            Step(what="read them back and compare", command=_read_back(job)),
            Step(what="reset", command=_start(job)),
        )

    def identify(self, job: Job) -> None:
        """Attach without halting, as a chip of any kind, and read one word."""
        said = _run(_identify(job), job.probe)
        word = re.search(rf"^{job.chip.address:08x}:\s+([0-9a-f]{{8}})\b", said, re.M | re.I)
        if word is None:
            raise RanvierError(
                "F003",
                f"no {job.chip.name} answers: pyocd could not read 0x{job.chip.address:08x};"
                " nothing was written",
                loc=job.probe,
                hint="power the board; a chip whose debug port is locked must first be unlocked by"
                " its maker's tool, which erases it",
            )
        check_chip(job, int(word[1], 16))

    def write(self, job: Job) -> None:
        """Erase the sectors that the image needs, and program them."""
        _run(_write(job), job.probe)

    def read_back(self, job: Job) -> bytes | None:
        """Read the flash into a file."""
        _run(_read_back(job), job.probe)
        file = job.folder / READ
        return file.read_bytes() if file.is_file() else b""

    def start(self, job: Job) -> None:
        """Reset the chip."""
        _run(_start(job), job.probe)


def _program() -> str:
    """Return pyocd's path: that of this Python's, else the shell's."""
    found = shutil.which("pyocd") or shutil.which("pyocd", path=str(Path(sys.executable).parent))
    if found is None:
        raise RanvierError("T005", "the package pyocd is not installed", hint=_INSTALL)
    return found


def _run(argv: tuple[str, ...], loc: str) -> str:
    program = _program() if argv[0] == "pyocd" else argv[0]
    return run_program((program, *argv[1:]), package="pyocd", loc=loc)


def _identify(job: Job) -> tuple[str, ...]:
    return _commander(job, job.how.identify, "attach", f"read32 0x{job.chip.address:08x}")


def _write(job: Job) -> tuple[str, ...]:
    return (
        "pyocd", "load", *_SAFE, "-u", job.probe, "-t", job.how.target, "--erase", "sector",
        "--no-reset", "--format", "bin", "-a", f"0x{job.firmware.base:08x}", str(job.folder / FILE),
    )  # fmt: skip


def _read_back(job: Job) -> tuple[str, ...]:
    f = job.firmware
    return _commander(
        job, job.how.target, "halt",
        f"savemem 0x{f.base:08x} {len(f.data)} {job.folder / READ}",
    )  # fmt: skip


def _start(job: Job) -> tuple[str, ...]:
    return ("pyocd", "reset", *_SAFE, "-u", job.probe, "-t", job.how.target)


def _commander(job: Job, target: str, mode: str, command: str) -> tuple[str, ...]:
    return (
        "pyocd", "commander", *_SAFE, "-u", job.probe, "-t", target, "-M", mode, "-c", command,
    )  # fmt: skip
