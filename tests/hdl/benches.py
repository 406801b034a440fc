# SPDX-License-Identifier: Apache-2.0
"""Runs cocotb benches: by Verilator, which counts coverage, or by Icarus as a second opinion."""

import hashlib
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import pytest
from tests.cases import FULL, ROOT
from tests.hdl import coverage
from tests.hdl.cores import need_verilator
from tests.needs import need_package, need_program

from ranvier.targets.fpga.verilator import COVERAGE, environment

RTL = ROOT / "hdl" / "rtl"
SEED = 7
SHARED = ("streams_tb", "memories_tb", "outbox_tb")  # benches of several modules
SIMULATORS = ("verilator", "icarus")
TIMESCALE = ("1ns", "1ps")


def reuse_runtime(folder: Path) -> None:
    """Put Verilator's own objects, which know no model, where make looks for them."""
    later = time.time() + 3600  # than the generated files that make takes them to depend on
    for made in runtime().glob("verilated*.o"):
        os.utime(shutil.copy(made, folder), (later, later))


def keep_runtime(folder: Path) -> None:
    """Keep them of the first build."""
    for made in folder.glob("verilated*.o"):
        if not (runtime() / made.name).exists():
            strange = runtime() / f"{made.name}.{os.getpid()}"
            shutil.copy(made, strange)
            strange.replace(runtime() / made.name)


def runtime() -> Path:
    """Return the folder of those of these versions and options."""
    names = [*(version(n) for n in ("verilator", "cocotb")), *COVERAGE, sys.version, sys.prefix]
    found = coverage.cache() / f"runtime-{hashlib.sha256(repr(names).encode()).hexdigest()[:16]}"
    found.mkdir(exist_ok=True)
    return found


def run(
    simulator: str,
    top: str,
    module: str,
    folder: Path,
    parameters: Mapping[str, object] | None = None,
    sources: Sequence[Path] = (),
    settings: Mapping[str, str] | None = None,
    defines: Mapping[str, object] | None = None,
) -> None:
    """Run the benches of `tests.hdl.<module>` on `top`; of `SHARED`, those named ``<top>_...``.

    Parameters
    ----------
    folder
        Where all is built, and where files of $readmemh lie.
    sources
        Instead of all of hdl/rtl.
    settings
        Environment variables for the bench.
    """
    need_package("cocotb", "pip install cocotb==2.1.0")
    options: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        if simulator == "verilator":
            need_verilator()
            for name, value in environment().items():
                patch.setenv(name, value)
            options = [*COVERAGE, "-Wno-fatal"]
        else:
            need_program("iverilog", "iverilog")
        patch.setenv(
            "PYTHONPATH",
            os.pathsep.join([str(ROOT), str(ROOT / "compiler"), os.environ.get("PYTHONPATH", "")]),
        )
        from cocotb_tools.runner import get_runner

        if simulator == "verilator":
            reuse_runtime(folder)
        seed = int.from_bytes(os.urandom(4)) if FULL else SEED
        print(f"{top} in {simulator}: seed {seed}")
        runner = get_runner(simulator)
        runner.build(
            sources=[*(sources or sorted(RTL.glob("*.v")))], includes=[RTL], hdl_toplevel=top,
            build_dir=folder, parameters=dict(parameters or {}), build_args=options,
            defines=dict(defines or {}),
            timescale=TIMESCALE, always=True,
        )  # fmt: skip
        keep_runtime(folder)
        only = rf"\b{top}_" if module in SHARED else None
        environ = {
            "RANVIER_BENCH_PARAMETERS": json.dumps(dict(parameters or {})),
            **(settings or {}),
        }
        results = runner.test(
            hdl_toplevel=top, test_module=f"tests.hdl.{module}", test_filter=only,
            build_dir=folder, test_dir=folder, seed=seed, timescale=TIMESCALE,
            extra_env=environ,
        )  # fmt: skip
    text = Path(results).read_text("utf-8")
    failed = re.findall(r'<testcase name="(\w+)"[^>]*>\s*<failure', text)
    assert not failed, f"{failed} with seed {seed}"
    assert "<testcase" in text, "no bench ran"
    for counts in folder.glob("**/coverage.dat"):
        coverage.keep(counts)
