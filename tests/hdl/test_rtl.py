# SPDX-License-Identifier: Apache-2.0
"""The Verilog: linted by two tools, and the iCE40's own module equal to the general one."""

import subprocess
from pathlib import Path

import pytest
from tests.cases import ROOT
from tests.hdl.cores import need_verilator
from tests.hdl.random_networks import KINDS
from tests.needs import need_program

from ranvier.targets.fpga.verilator import environment, program

RTL = ROOT / "hdl" / "rtl"


@pytest.mark.parametrize("kind", KINDS)
def test_verilator_has_nothing_to_say(kind: str) -> None:
    need_verilator()
    p = KINDS[kind].parameters().values
    generics = [f"-G{k}={v}" for k, v in p.items()]
    done = subprocess.run(
        [program(), "--lint-only", "-Wall", f"-I{RTL}", "--top-module", "rv_top", *generics,
         str(ROOT / "hdl" / "lint" / "waivers.vlt"), str(RTL / "rv_top.v")],
        env=environment(), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert not done.stderr, done.stderr
    assert done.returncode == 0


def test_icarus_reads_plain_verilog_2005() -> None:
    iverilog = need_program("iverilog", "iverilog")
    done = subprocess.run(
        [iverilog, "-g2005", "-Wall", "-I", RTL, "-t", "null", "-s", "rv_top",
         *sorted(RTL.glob("*.v"))],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert not done.stderr, done.stderr
    assert done.returncode == 0


def test_the_multiply_add_is_an_sb_mac16(tmp_path: Path) -> None:
    iverilog, yosys = need_program("iverilog", "iverilog"), need_program("yosys", "yosys")
    cells = Path(yosys).resolve().parents[1] / "share" / "yosys" / "ice40" / "cells_sim.v"
    generic = tmp_path / "generic.v"
    text = (RTL / "rv_mac.v").read_text()
    generic.write_text(text.replace("module rv_mac ", "module rv_mac_generic "))
    bench = tmp_path / "bench"
    subprocess.run(
        [iverilog, "-g2012", "-DNO_ICE40_DEFAULT_ASSIGNMENTS", "-s", "mac_tb", "-o", bench, generic,
         ROOT / "hdl" / "ice40" / "rv_mac.v", Path(__file__).parent / "mac_tb.v", cells],
        check=True, timeout=120,
    )  # fmt: skip
    said = subprocess.run(["vvp", bench], capture_output=True, text=True, timeout=120, check=True)
    assert said.stdout.splitlines()[0] == "0 wrong of 200000"
