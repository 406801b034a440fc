# SPDX-License-Identifier: Apache-2.0
"""An ECP5 without its tools: its clocks and pins, what fits, what its tools are told and say."""

import json
from pathlib import Path

import pytest
from tests.cli.test_fpga_target import NET, compiled, report, wide
from tests.commands import fails, succeeds
from tests.unit.nets import network

from ranvier import rvn
from ranvier.targets.fpga import place
from ranvier.targets.fpga.part import part
from ranvier.targets.fpga.place import Site
from ranvier.targets.fpga.toolchain import ECP5


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / NET).write_bytes(rvn.to_bytes(network()))
    return tmp_path


def test_the_block_rams_of_an_ecp5_hold_the_weights(folder: Path) -> None:
    rows = 108 // 8 * 1024  # of 16 lanes and 8 bits: eight block RAMs side by side
    (folder / NET).write_bytes(rvn.to_bytes(wide(rows // 8, 128)))
    succeeds(*compiled(folder, "ulx3s", "--emit", "library"))
    (folder / NET).write_bytes(rvn.to_bytes(wide(rows // 8 + 1, 128)))
    what = fails(folder, "V010", *compiled(folder, "ulx3s", "--emit", "library"))["what"]
    assert f"LFE5U-45F holds {16 * rows}: 128 too many" in what


def test_a_report_and_sites_of_an_ecp5_name_its_own_cells() -> None:
    said = report("u_chip.u_core.go", 96.0)
    names = ("TRELLIS_COMB", "DP16KD", "MULT18X18D", "TRELLIS_IO")
    said["utilization"] = {name: {"used": k, "available": 9} for k, name in enumerate(names)}
    found = place.read_report(ECP5, json.dumps(said), 1)
    assert found.used == {"lc": 0, "ebr": 1, "dsp": 2}

    def cell(kind: str, bel: str) -> dict[str, object]:
        return {"type": kind, "attributes": {"NEXTPNR_BEL": bel}}

    cells = {
        "u_chip.u_lane.sum": cell("TRELLIS_COMB", "X12/Y3/SLICEB.K1"),
        "u_chip.memory.0": cell("DP16KD", "X60/Y10/EBR2"),
        "u_chip.u_mac.product": cell("MULT18X18D", "X26/Y22/MULT18_4"),
        "u_chip.q": cell("TRELLIS_FF", "X12/Y3/SLICEB.FF1"),
    }
    placed = place.sites(ECP5, json.dumps({"modules": {"top": {"cells": cells}}}))
    assert placed == [
        Site("dsp", 26, 22, 0, "mac"), Site("ebr", 60, 10, 0, "chip"), Site("lc", 12, 3, 3, "lane"),
    ]  # fmt: skip


def test_what_an_ecp5_is_told(folder: Path) -> None:
    chosen = part("ulx3s")
    assert place.placement(chosen, ECP5, "t", 25e6, 3) == [
        "nextpnr-ecp5", "-q", "--45k", "--package", "CABGA381", "--speed", "6",
        "--json", "obj/t.json", "--lpf", "t.lpf", "--freq", "25", "--seed", "3",
        "--timing-allow-fail", "--report", "obj/report3.json", "--write", "obj/placed3.json",
        "--textcfg", "obj/t3.textcfg",
    ]  # fmt: skip
    packed = ["ecppack", "--compress", "obj/t3.textcfg", "t.bit"]
    assert place.packing(ECP5, "t", 3) == packed
    succeeds(*compiled(folder, "ulx3s", "--emit", "library", "--clock", "50MHz"))
    pins = (folder / "b/top_net.lpf").read_text().splitlines()
    assert 'LOCATE COMP "clk" SITE "G2";' in pins
    assert 'FREQUENCY PORT "clk" 25 MHZ;' in pins
    assert sum("FREQUENCY" in line for line in pins) == 1
    assert all("IO_TYPE=LVCMOS33" in line for line in pins if line.startswith("IOBUF"))
    top = (folder / "b/rtl/top_net.v").read_text()
    assert {".Pll(1)", ".ClkfbDiv(2)", '.Weights("images/weights.hex")'} < set(
        top.replace(",\n", "\n").split()
    )


@pytest.mark.parametrize("name", ["ecp5", "ulx3s"])
def test_a_pll_gives_the_clock_that_it_says(name: str) -> None:
    chosen = part(name)
    (pin,) = (p.hz for p in chosen.ports if p.hz)
    for clock in chosen.clocks:
        set_ = dict(said.split("=") for said in clock.set)
        if set_["Pll"] == "0":
            assert clock.hz == pin
        else:
            feedback = pin // int(set_["ClkiDiv"]) * int(set_["ClkfbDiv"])
            assert clock.hz == feedback
            assert 400e6 <= feedback * int(set_["ClkopDiv"]) <= 800e6
