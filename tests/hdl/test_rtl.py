# SPDX-License-Identifier: Apache-2.0
"""The Verilog, linted by two tools: each module alone, and all together."""

import subprocess
from pathlib import Path

import pytest
from tests.cases import ROOT
from tests.hdl.cores import need_verilator
from tests.hdl.random_networks import KINDS
from tests.needs import need_program

from ranvier.targets.fpga.verilator import environment, program

RTL = ROOT / "hdl" / "rtl"
ASIC = ROOT / "hdl" / "asic"


@pytest.mark.parametrize(
    ("kind", "folders"), [*((kind, [RTL]) for kind in KINDS), ("8 lanes", [ASIC, RTL])]
)
def test_verilator_has_nothing_to_say(kind: str, folders: list[Path]) -> None:
    need_verilator()
    p = KINDS[kind].parameters().values
    generics = [f"-G{k}={v}" for k, v in p.items()]
    where = [f"-I{folder}" for folder in folders]
    done = subprocess.run(
        [program(), "--lint-only", "-Wall", *where, "--top-module", "rv_top", *generics,
         str(ROOT / "hdl" / "lint" / "waivers.vlt"), str(RTL / "rv_top.v")],
        env=environment(), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert not done.stderr, done.stderr
    assert done.returncode == 0


@pytest.mark.parametrize("name", sorted(p.stem for p in RTL.glob("*.v")))
def test_each_module_alone_is_clean(name: str) -> None:
    need_verilator()
    iverilog = need_program("iverilog", "iverilog")
    files = [str(path) for path in sorted(RTL.glob("*.v"))]
    waivers = str(ROOT / "hdl" / "lint" / "waivers.vlt")
    verilator = f"{program()} --lint-only -Wall -I{RTL} --top-module {name} {waivers}"
    icarus = f"{iverilog} -g2005 -Wall -I {RTL} -t null -s {name}"
    for command in ([*verilator.split(), str(RTL / f"{name}.v")], [*icarus.split(), *files]):
        done = subprocess.run(
            command, env=environment(), capture_output=True, text=True, timeout=120, check=False
        )
        assert not done.stderr, done.stderr
        assert done.returncode == 0
