# SPDX-License-Identifier: Apache-2.0
"""The programs that write an FPGA board's flash: what they are asked, and how they say no."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass

from ranvier.errors import RanvierError
from ranvier.targets.fpga.part import Part, Usb
from ranvier.tools.flash.job import Step

READ_BACK = "readback.bin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Programmer:
    """One of them.

    Attributes
    ----------
    debian
        The package that holds it.
    steps
        Of a board, the serial number of its USB device (empty where it is not known), the image and
        its length: how it is written, and how it is read back into `READ_BACK`.
    differs
        What it says where it compared and found a difference, whatever its exit code is.
    """

    name: str
    debian: str
    steps: Callable[[Part, str, str, int], tuple[Step, Step]]
    differs: str


def _iceprog(where: Part, serial: str, image: str, size: int) -> tuple[Step, Step]:
    usb = _usb(where)
    ids = f"0x{usb.vendor:04x}:0x{usb.product:04x}"
    device = ("-d", f"s:{ids}:{serial}" if serial else f"i:{ids}")
    return (
        Step(what="erase, write and compare the flash", command=("iceprog", *device, image)),
        Step(what="read it back, for another comparison",
             command=("iceprog", *device, "-R", str(size), READ_BACK)),
    )  # fmt: skip


def _loader(where: Part, serial: str, image: str, size: int) -> tuple[Step, Step]:
    device = ("-b", where.loader, *(("--ftdi-serial", serial) if serial else ()))
    read = ("--dump-flash", "--offset", "0", "--file-size", str(size), READ_BACK)
    return (
        Step(what="erase, write and compare the flash",
             command=("openFPGALoader", *device, "--write-flash", "--verify", image)),
        Step(what="read it back, for another comparison",
             command=("openFPGALoader", *device, *read)),
    )  # fmt: skip


ICEPROG = Programmer(
    name="iceprog", debian="fpga-icestorm", steps=_iceprog, differs="Found difference"
)
LOADER = Programmer(
    name="openFPGALoader", debian="openfpgaloader", steps=_loader, differs="Verification failed"
)


def programmer(where: Part) -> Programmer:
    """Return the first that is here and knows the board; where none is, the first that does."""
    able = _able(where)
    here: list[Programmer] = [p for p in able if shutil.which(p.name)]
    return (here or able)[0]


def _able(where: Part) -> list[Programmer]:
    """Return those that know a board: the one it names, and openFPGALoader if that knows it too."""
    known = {p.name: p for p in (ICEPROG, LOADER)}
    named = [known[where.programmer]]
    return named + [LOADER] * (bool(where.loader) and named != [LOADER])


def check_here(chosen: Programmer, where: Part) -> None:
    """Raise T001 where the program is not installed, with every way to have one."""
    if shutil.which(chosen.name) is None:
        other = "".join(f", or {p.debian} for {p.name}" for p in _able(where)[1:])
        raise RanvierError(
            "T001", f"the program {chosen.name} is not installed",
            hint=f"apt-get install {chosen.debian}{other}",
        )  # fmt: skip


def _usb(where: Part) -> Usb:
    assert where.usb is not None  # every board with a programmer has one
    return where.usb
