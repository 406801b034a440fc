# SPDX-License-Identifier: Apache-2.0
"""Boards that show themselves as a USB drive while BOOTSEL is held: they take UF2 files."""

import os
import re
import time
from pathlib import Path

from ranvier.errors import RanvierError
from ranvier.targets.mcu.board import Board
from ranvier.tools.flash import uf2
from ranvier.tools.flash.job import Job, Step, the_one

INFO = "INFO_UF2.TXT"
FILE = "ranvier.uf2"
PLACES = ("/media/*/*", "/run/media/*/*", "/media/*", "/mnt/*", "/Volumes/*")
GONE_TIMEOUT_S = 20.0


class Drive:
    """Programs by copying a file."""

    def find(self, board: Board, wanted: str | None) -> str:
        """Return the drive's folder: the one `wanted`, or the only one that states a board."""
        if wanted is not None:
            places = [Path(wanted)]
        else:
            root = Path("/")
            places = [p for place in PLACES for p in root.glob(place.removeprefix("/"))]
        drives = {str(p): _board_id(p) for p in places if _board_id(p)}
        return the_one(drives, None, board, "drive of a board in BOOTSEL mode")

    def steps(self, job: Job) -> tuple[Step, ...]:
        """Return what is copied where."""
        f = job.firmware
        size = len(uf2.encode(f, job.how.family))
        return (
            Step(what=f"recognise the {job.chip.name}: {INFO} must state {job.how.drive}"),
            Step(
                what=f"write {len(f.data)} bytes for 0x{f.base:08x} as {FILE}, {size} bytes of UF2"
                f" for family 0x{job.how.family:08x}, to {job.probe}"
            ),
            Step(what="wait until the board leaves: it has then taken every block"),
        )

    def identify(self, job: Job) -> None:
        """Read the board's own description of itself."""
        stated = _board_id(Path(job.probe))
        if stated != job.how.drive:
            raise RanvierError(
                "F003", f"this is no {job.chip.name}: the drive states {stated or 'nothing'}, not"
                f" {job.how.drive}; nothing was written",
                loc=job.probe,
                hint=f"connect a {job.board.name}, or compile for the board that is there",
            )  # fmt: skip

    def write(self, job: Job) -> None:
        """Copy the file to the last byte, then see the board take it."""
        data = uf2.encode(job.firmware, job.how.family)
        uf2.decode(data, job.how.family, FILE)
        try:
            with (Path(job.probe) / FILE).open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except OSError as e:
            raise RanvierError("W001", f"the drive failed: {e}", loc=job.probe, hint="again") from e
        end = time.monotonic() + GONE_TIMEOUT_S
        while _board_id(Path(job.probe)):
            if time.monotonic() > end:
                raise RanvierError(
                    "W001", f"the board still waits for blocks after {GONE_TIMEOUT_S:g} s",
                    loc=job.probe, hint="again",
                )  # fmt: skip
            time.sleep(0.1)

    def read_back(self, job: Job) -> bytes | None:
        """Nothing: the drive is gone, and never showed the flash. The link tells what runs."""
        return None

    def start(self, job: Job) -> None:
        """Nothing: the board has started itself."""


def _board_id(folder: Path) -> str:
    """Return what a drive states to be; nothing where it is no board's."""
    try:
        with (folder / INFO).open(encoding="ascii", errors="replace") as file:
            text = file.read(4096)
    except OSError:
        return ""
    found = re.search(r"^Board-ID:\s*(\S+)", text, re.M)
    return found[1] if found else ""
