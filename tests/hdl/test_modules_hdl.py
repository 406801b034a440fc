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
    parameters = {"Width": 11, "DepthBits": depth_bits}
    bench(simulator, "rv_fifo", parameters, "streams_tb", tmp_path, monkeypatch)


@pytest.mark.parametrize("simulator", ["verilator", "icarus"])
def test_spi(simulator: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench(simulator, "rv_spi", {}, "spi_tb", tmp_path, monkeypatch)


def bench(
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
