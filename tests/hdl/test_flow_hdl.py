# SPDX-License-Identifier: Apache-2.0
"""A user's way: compile to RTL and to a bitstream, verify, and what verify says of a fault."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.cases import ROOT
from tests.commands import answer, call, succeeds
from tests.hdl.cores import need_verilator
from tests.hdl.coverage import cache
from tests.hdl.hand_made import above, dense, leak
from tests.hdl.hand_made import network as wired
from tests.needs import need_program
from tests.networks import data, network
from tests.unit.nets import network as small
from tests.unit.nets import population

from ranvier import rvn
from ranvier.errors import RanvierError
from ranvier.ir import INPUT
from ranvier.targets.fpga.verilator import environment, program
from ranvier.tools.build import sha256
from ranvier.tools.cli import text
from ranvier.tools.verbs.compile import compile
from ranvier.tools.verbs.verify import verify

NEURON, LAYER = 5, "lif1"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile(network("motion"), "verilog", tmp_path_factory.mktemp("motion") / "b").build.path


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep simulations that were built for other tests and runs."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache()))


def test_the_generated_top_is_clean_in_two_simulators(built: Path) -> None:
    """With its own parameters, of which those of the queues are this module's alone."""
    need_verilator()
    need_program("iverilog", "iverilog")
    rtl = sorted(str(f) for f in (built / "rtl").glob("*.v"))
    (top,) = (f for f in rtl if "/top_" in f)
    name = Path(top).stem
    for command in (
        [program(), "--lint-only", "-Wall", f"-I{built / 'rtl'}", "--top-module", name,
         str(ROOT / "hdl" / "lint" / "waivers.vlt"), top],
        ["iverilog", "-g2005", "-t", "null", "-I", str(built / "rtl"), "-s", name, *rtl],
    ):  # fmt: skip
        done = subprocess.run(command, cwd=built, env=environment(), capture_output=True, text=True,
                              check=False)  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr


def changed(build: Path, to: Path, file: str, old: str, new: str) -> Path:
    """Return a copy of a build with a change in one file, and its hash as if it had been so."""
    copy = shutil.copytree(build, to / "copy")
    text = (copy / file).read_text()
    assert text.count(old) == 1
    (copy / file).write_text(text.replace(old, new))
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["files"][file] = sha256((copy / file).read_bytes())
    (copy / "manifest.json").write_text(json.dumps(manifest))
    return copy


def test_the_rtl_equals_the_golden_model(built: Path) -> None:
    need_verilator()
    random = verify(built)
    assert (random.mismatches, random.samples, random.steps) == (0, 2, 32)
    assert random.spikes > 100
    found = verify(built, data("motion")[1])
    assert (found.mismatches, found.first_mismatch) == (0, None)
    assert found.spikes > 10000
    assert found.compared["states"] == found.steps * 68
    assert found.compared["outputs"] > 1000
    assert "first 16 steps also over SPI" in text.verified(random)
    assert found.to_json()["simulated"] is not None


def test_states_of_24_bits_on_two_cores_equal_the_golden_model(tmp_path: Path) -> None:
    """Which no multiplier of an iCE40 takes; memories are wider, and the top is clean."""
    need_verilator()
    rng = np.random.default_rng(3)
    fire = above(rng.integers(1, 1 << 18, 100))
    p = population("p", 100, bits=24, decay=leak(), fire=fire)
    joined = [
        dense(INPUT, "p", rng.integers(-128, 128, (100, 60)), shift=9),
        dense("p", "p", rng.integers(-128, 128, (100, 100)), shift=9, delay=1),
    ]
    wide = wired(60, [p], joined)
    made = compile(wide, "verilog", tmp_path / "b", clock="10MHz", deadline="110us").build
    core = made.manifest["core"]
    assert (core["cores"], core["parameters"]["StateW"]) == (2, 24)
    test_the_generated_top_is_clean_in_two_simulators(made.path)
    found = verify(made.path)
    assert (found.mismatches, found.first_mismatch) == (0, None)
    assert found.spikes > 100
    with pytest.raises(RanvierError, match="states of 24 bits in a core of 16") as e:
        compile(wide, "up5k", tmp_path / "no")
    assert e.value.code == "V001"


@pytest.mark.parametrize(
    ("target", "asked", "said"),
    [
        ("up5k", {"lanes": 16, "emit": "library"}, (16, 4, "multiply")),
        ("verilog", {"lanes": 8, "leak": "shift"}, (8, 1, "shift")),
    ],
)
def test_lanes_without_a_multiplier_each_equal_the_golden_model(
    target: str, asked: dict[str, Any], said: tuple[int, int, str], tmp_path: Path
) -> None:
    """At the pins too, where thresholds have rows of fewer lanes than weights."""
    need_verilator()
    rng = np.random.default_rng(8)
    p = population("p", 100, decay=leak(1 << 12), fire=above(rng.integers(1, 60, 100)))
    joined = [
        dense(INPUT, "p", rng.integers(-8, 8, (100, 60)), bits=4),
        dense("p", "p", rng.integers(-8, 8, (100, 100)), bits=4, delay=2),
    ]
    made = compile(wired(60, [p], joined), target, tmp_path / "b", **asked).build
    core = made.manifest["core"]
    assert (core["lanes"], core["fold"], core["leak"]) == said
    found = verify(made.path)
    assert (found.mismatches, found.first_mismatch) == (0, None)
    assert found.spikes > 100


def test_a_threshold_that_differs_is_found_where_it_first_shows(
    built: Path, tmp_path: Path
) -> None:
    need_verilator()
    manifest = json.loads((built / "manifest.json").read_text())
    lanes = manifest["core"]["lanes"]
    lines = (built / "images/thresholds.hex").read_text().splitlines()
    row = lines[NEURON // lanes]
    at = len(row) - 4 * (NEURON % lanes + 1)
    assert int(row[at : at + 4], 16) > 1
    low = row[:at] + "0001" + row[at + 4 :]
    copy = changed(built, tmp_path, "images/thresholds.hex", row, low)
    result = call("verify", copy, "--data", write(tmp_path), "--samples", 3)
    assert result.exit_code == 1
    assert f"of {LAYER}, neuron {NEURON}, sample 0, step " in result.stdout
    found = verify(copy, tmp_path / "d.npz", samples=3)
    assert found.first_mismatch is not None
    assert found.mismatches > 10
    right = verify(built, tmp_path / "d.npz", samples=3)
    assert right.mismatches == 0


def test_rtl_that_differs_is_found(built: Path, tmp_path: Path) -> None:
    need_verilator()
    copy = changed(
        built, tmp_path, "rtl/rv_sequencer.v", "assign round_o       = f_round;",
        "assign round_o       = !f_round;",
    )  # fmt: skip
    found = verify(copy, write(tmp_path), samples=2)
    assert found.mismatches > 100
    assert found.first_mismatch is not None
    assert (found.first_mismatch["kind"], found.first_mismatch["sample"]) == ("state", 0)


def test_pins_that_give_something_else_are_found(built: Path, tmp_path: Path) -> None:
    need_verilator()
    one_more = "answer_q <= value_word + 16'd1;"
    copy = changed(built, tmp_path, "rtl/rv_top.v", "answer_q <= value_word;", one_more)
    with pytest.raises(RanvierError, match=r"at the pins, .* in step 0 are not what the core") as e:
        verify(copy)
    assert e.value.code == "V004"


@pytest.mark.parametrize(
    "core",
    [
        None,
        8,
        {},
        {"lanes": 0},
        {"lanes": "x"},
        {"lanes": True, "parameters": {}},
        {"lanes": 8},
        {"lanes": 8, "fold": 1, "leak": "multiply", "parameters": [1]},
        {"lanes": 8, "fold": 3, "leak": "multiply", "parameters": {"Lanes": 8}},
        {"lanes": 2, "fold": 4, "leak": "multiply", "parameters": {"Lanes": 8}},
        {"lanes": 8, "fold": 1, "leak": [], "parameters": {"Lanes": 8}},
    ],
)
def test_a_damaged_manifest_is_said(built: Path, tmp_path: Path, core: object) -> None:
    copy = shutil.copytree(built, tmp_path / "copy")
    manifest = json.loads((copy / "manifest.json").read_text())
    del manifest["core"], manifest["ranvier"]
    if core is not None:
        manifest["core"] = core
    (copy / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(RanvierError) as e:
        verify(copy)
    assert e.value.code == "B002"
    manifest["core"] = {"lanes": 8, "parameters": {"Lanes": 8}}  # as older builds say
    (copy / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(RanvierError) as e:
        verify(copy)
    assert e.value.code == "B003"


def test_only_what_the_manifest_lists_is_simulated(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What drives the core is Ranvier's own; and no folder's name gets in the way of make."""
    need_verilator()
    odd = tmp_path / "a $b c"
    odd.mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(odd))
    copy = shutil.copytree(built, odd / "build")
    for name in ("rtl/rv_core.vh", "rtl/zz.v", "sim/rv_sim.cpp", "sim/rv_sim.h"):
        if not (copy / name).exists():
            (copy / name).write_text("nothing that compiles\n")
    (copy / "sim/rv_sim.cpp").write_text("nothing that compiles\n")
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["files"]["sim/rv_sim.cpp"] = sha256((copy / "sim/rv_sim.cpp").read_bytes())
    (copy / "manifest.json").write_text(json.dumps(manifest))
    assert verify(copy).mismatches == 0


def write(folder: Path) -> Path:
    """Write the recordings that the example is tested with."""
    np.savez(folder / "d.npz", x=np.asarray(data("motion")[1].x))
    return folder / "d.npz"


def test_a_bitstream_is_what_its_commands_make(tmp_path: Path) -> None:
    for name, package in (("yosys", "yosys"), ("nextpnr-ice40", "nextpnr-ice40")):
        need_program(name, package)
    need_program("icepack", "fpga-icestorm")
    (tmp_path / "n.rvn").write_bytes(rvn.to_bytes(small()))
    asked = ("--target", "icebreaker", "-o", tmp_path / "b", "--lanes", 1, "--deadline", "1ms")
    report = answer("compile", tmp_path / "n.rvn", *asked)
    place, build = report["place"], tmp_path / "b"
    assert report["image"] == "top_net.bin"
    assert {"top_net.bin", "report.html", "synth.ys", "top_net.pcf"} <= set(report["files"])
    assert place["fmax_hz"] > place["clock_hz"] == 12_000_000
    assert report["cost"]["deadline"]["met"]
    for kind, most in {"lc": 5280, "ebr": 30, "spram": 4, "dsp": 8}.items():
        assert 0 < place["cells"][kind]["used"] <= most
        assert place["cells"][kind]["used"] == sum(m[kind] for m in place["modules"])
    path = place["critical_path"]
    assert path["ns"] == pytest.approx(1e9 / place["fmax_hz"], rel=0.01)
    assert path["ns"] == pytest.approx(sum(h["ns"] for h in path["hops"]), rel=0.01)
    page = (build / "report.html").read_text()
    drawn = report["power"]
    assert 100 < drawn["in_steps_alone"]["nominal"] < drawn["always_on"]["nominal"] < 2000
    assert f"{drawn['always_on']['nominal']:.4g}" in page
    assert drawn["coefficients"]["clock"]["source"].replace("'", "&#39;") in page
    assert page.count("<rect") > place["cells"]["lc"]["used"]
    assert "<script" not in page
    shown = succeeds("flash", build, "--dry-run")
    assert "iceprog" in shown
    assert "not verified on silicon" in shown
    copy = shutil.copytree(build, tmp_path / "again")
    (copy / "top_net.bin").unlink()
    for command in place["commands"]:
        subprocess.run(command.split(), cwd=copy, check=True, timeout=300, capture_output=True)
    assert (copy / "top_net.bin").read_bytes() == (build / "top_net.bin").read_bytes()
