# SPDX-License-Identifier: Apache-2.0
"""Boards that pyocd has no target for, through openocd 0.12."""

import re

from serial.tools import list_ports

from ranvier.errors import RanvierError
from ranvier.targets.mcu.board import Board
from ranvier.targets.process import find_program, run_program
from ranvier.tools.flash.job import FILE, Job, Step, check_chip, the_one

READ = "readback.bin"
LOG = "openocd.log"
ST_LINK = 0x0483  # STMicroelectronics' USB vendor id


class Openocd:
    """Programs through openocd's scripts."""

    def find(self, board: Board, wanted: str | None) -> str:
        """Return the probe's serial number, which its own serial port has as well."""
        find_program("openocd", "openocd")
        probes = {
            p.serial_number: str(p.product or p.device)
            for p in list_ports.comports()
            if p.vid == ST_LINK and p.serial_number
        }
        return the_one(probes, wanted, board, "ST-LINK")

    def steps(self, job: Job) -> tuple[Step, ...]:
        """Return the commands."""
        f = job.firmware
        return (
            Step(what=f"recognise the {job.chip.name}", command=_command(job, *_identify(job))),
            Step(
                what=f"write {len(f.data)} bytes at 0x{f.base:08x}",
                command=_command(job, *_write(job)),
            ),
            Step(what="read them back and compare", command=_command(job, *_read_back(job))),
            Step(what="reset", command=_command(job, *_start())),
        )

    def identify(self, job: Job) -> None:
        """Examine the chip and read one word."""
        _run(job, *_identify(job))
        log = job.folder / LOG
        text = log.read_text("utf-8", errors="replace") if log.is_file() else ""
        word = re.search(r"ranvier id 0x([0-9a-f]+)", text)
        if word is None:
            raise RanvierError(
                "F003", f"no {job.chip.name} answers: openocd could not read"
                f" 0x{job.chip.address:08x}; nothing was written",
                loc=job.probe, hint="power the board, and check that its debug port is open",
            )  # fmt: skip
        check_chip(job, int(word[1], 16))

    def write(self, job: Job) -> None:
        """Erase the sectors that the image needs, and program them."""
        _run(job, *_write(job))

    def read_back(self, job: Job) -> bytes | None:
        """Read the flash into a file."""
        _run(job, *_read_back(job))
        file = job.folder / READ
        return file.read_bytes() if file.is_file() else b""

    def start(self, job: Job) -> None:
        """Reset the chip."""
        _run(job, *_start())


def _run(job: Job, *commands: str) -> None:
    run_program(_command(job, *commands), package="openocd", loc=job.probe)


def _command(job: Job, *commands: str) -> tuple[str, ...]:
    """Return one run of openocd: an error in any command ends it with a failure."""
    interface, *chip = job.how.scripts
    return (
        "openocd", "-l", str(job.folder / LOG), "-f", interface,
        "-c", f"adapter serial {{{job.probe}}}",
        *(word for script in chip for word in ("-f", script)),
        *(word for command in (*commands, "shutdown") for word in ("-c", command)),
    )  # fmt: skip


def _identify(job: Job) -> tuple[str, ...]:
    read = f"read_memory 0x{job.chip.address:08x} 32 1"
    return ("init", f"echo [format {{ranvier id 0x%08x}} [{read}]]")


def _write(job: Job) -> tuple[str, ...]:
    file, base = job.folder / FILE, job.firmware.base
    return ("init", "reset halt", f"flash write_image erase {{{file}}} 0x{base:08x} bin")


def _read_back(job: Job) -> tuple[str, ...]:
    f = job.firmware
    return ("init", "halt", f"dump_image {{{job.folder / READ}}} 0x{f.base:08x} {len(f.data)}")


def _start() -> tuple[str, ...]:
    return ("init", "reset run")
