# SPDX-License-Identifier: Apache-2.0
"""Modules alone under cocotb, by Verilator and, as a second opinion, by Icarus."""

import os
from pathlib import Path

import pytest
from tests.cases import ROOT
from tests.hdl.cores import need_verilator
from tests.needs import need_package, need_program

from ranvier.targets.fpga.verilator import environment

RTL = ROOT / "hdl" / "rtl"


@pytest.mark.parametrize("simulator", ["verilator", "icarus"])
@pytest.mark.parametrize("depth_bits", [1, 3])
def test_queue(
    simulator: str, depth_bits: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_package("cocotb", "pip install cocotb==2.1.0")
    if simulator == "verilator":
        need_verilator()
        for name, value in environment().items():
            monkeypatch.setenv(name, value)
    else:
        need_program("iverilog", "iverilog")
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    from cocotb_tools.runner import get_runner

    runner = get_runner(simulator)
    runner.build(
        sources=[RTL / "rv_fifo.v"], hdl_toplevel="rv_fifo", build_dir=tmp_path,
        parameters={"Width": 11, "DepthBits": depth_bits}, timescale=("1ns", "1ps"), always=True,
    )  # fmt: skip
    results = runner.test(
        hdl_toplevel="rv_fifo", test_module="tests.hdl.streams_tb", build_dir=tmp_path,
        test_dir=tmp_path, seed=7, timescale=("1ns", "1ps"),
    )  # fmt: skip
    assert "<failure" not in Path(results).read_text()
    assert "<testcase" in Path(results).read_text()
