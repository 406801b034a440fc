# SPDX-License-Identifier: Apache-2.0
"""``ranvier doctor``: which tools are here, and how to get the rest."""

import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from ranvier.targets.mcu.toolchain import has_zig

_FLASHERS = ("openocd",)
_COMPILERS = ("arm-none-eabi-gcc", "gcc")
# program, Debian package, what needs it
_PROGRAMS = (
    ("arm-none-eabi-gcc", "gcc-arm-none-eabi", "images for Cortex-M boards"),
    ("qemu-system-arm", "qemu-system-arm", "emulated Arm boards"),
    ("riscv64-unknown-elf-gcc", "gcc-riscv64-unknown-elf", "images for RISC-V boards"),
    ("qemu-system-riscv32", "qemu-system-misc", "emulated RISC-V boards"),
    ("gcc", "gcc libc6-dev", "the host target"),
    ("openocd", "openocd", "flashing nucleo-u575zi (optional)"),
)
_PACKAGES = ("ranvier", "nir", "numpy", "h5py", "pyserial", "cobs", "pyelftools", "jinja2", "click")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One tool: its version, or how to get it; what is `optional` may be missing."""

    name: str
    found: bool
    version: str
    needed_for: str
    install: str
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """The state of this machine."""

    tools: tuple[Tool, ...]

    @property
    def well(self) -> bool:
        """Whether nothing is missing that has to be there."""
        return all(t.found or t.optional for t in self.tools)

    def to_json(self) -> dict[str, Any]:
        """Return the list as plain data."""
        return {"tools": [asdict(t) for t in self.tools]}


def doctor() -> Checkup:
    """Look for every program and package that Ranvier can use."""
    python = Tool(
        name="python",
        found=True,
        version=sys.version.split()[0],
        needed_for="everything",
        install="",
    )
    packages = [
        Tool(name=p, found=True, version=version(p), needed_for="everything", install="")
        for p in _PACKAGES
    ]
    zig = _zig()
    programs = [_program(*p) for p in _PROGRAMS]
    # Zig stands in for these.
    programs = [
        replace(t, optional=t.name in _FLASHERS or (zig.found and t.name in _COMPILERS))
        for t in programs
    ]
    return Checkup(tools=(python, *packages, _pyocd(), *programs, zig))


def _zig() -> Tool:
    found = has_zig()
    return Tool(
        name="ziglang",
        found=found,
        version=version("ziglang") if found else "",
        needed_for="images where no compiler for the board is installed (optional)",
        install="" if found else "pip install 'ranvier[zig]'",
        optional=True,
    )


def _pyocd() -> Tool:
    try:
        found = version("pyocd")
    except PackageNotFoundError:
        found = ""
    return Tool(
        name="pyocd",
        found=bool(found),
        version=found,
        needed_for="flashing through a debug probe (optional)",
        install="" if found else "pip install 'ranvier[flash]'",
        optional=True,
    )


def _program(name: str, package: str, needed_for: str) -> Tool:
    path = shutil.which(name)
    found = ""
    if path is not None:
        try:
            done = subprocess.run(
                [path, "--version"], capture_output=True, text=True, timeout=20, check=False
            )
            found = ((done.stdout or done.stderr).splitlines() or [""])[0]
        except (OSError, subprocess.TimeoutExpired):
            path = None  # there, but it does not run
    return Tool(
        name=name,
        found=path is not None,
        version=found,
        needed_for=needed_for,
        install="" if path else f"apt-get install {package}",
    )
