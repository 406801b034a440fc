# SPDX-License-Identifier: Apache-2.0
"""cocotb tests of a module, in Verilator or in Icarus."""

import os
from pathlib import Path

import pytest
from tests.cases import ROOT
from tests.hdl.cores import need_verilator
from tests.needs import need_package, need_program

from ranvier.targets.fpga.verilator import environment

RTL = ROOT / "hdl" / "rtl"


def simulate(
    simulator: str, top: str, parameters: dict[str, object], test: str, folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Run the cocotb tests of a module; fail unless there are some, and all pass."""
    need_package("cocotb", "pip install cocotb==2.1.0")
    if simulator == "verilator":
        need_verilator()
        for name, value in environment().items():
            monkeypatch.setenv(name, value)
    else:
        need_program("iverilog", "iverilog")
    path = f"{ROOT}{os.pathsep}{ROOT / 'compiler'}"
    monkeypatch.setenv("PYTHONPATH", f"{path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    from cocotb_tools.runner import get_runner

    runner = get_runner(simulator)
    runner.build(
        sources=sorted(RTL.glob("*.v")), includes=[RTL], hdl_toplevel=top, build_dir=folder,
        parameters=parameters, timescale=("1ns", "1ps"), always=True,
        build_args=["-Wno-fatal"] if simulator == "verilator" else [],
    )  # fmt: skip
    results = runner.test(
        hdl_toplevel=top, test_module=f"tests.hdl.{test}", build_dir=folder, test_dir=folder,
        seed=7, timescale=("1ns", "1ps"),
    )  # fmt: skip
    assert "<failure" not in Path(results).read_text()
    assert "<testcase" in Path(results).read_text()
