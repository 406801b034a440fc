# SPDX-License-Identifier: Apache-2.0
"""What lanes do when they are many: folded, or without multipliers, or refused."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.commands import answer, fails, succeeds
from tests.hdl.hand_made import above, dense, leak, network
from tests.unit.nets import population

from ranvier import rvn
from ranvier.errors import RanvierError
from ranvier.ir import INPUT, Network, SynapticState
from ranvier.targets.fpga import fit
from ranvier.targets.fpga.lower import lower
from ranvier.targets.fpga.part import part

NEURONS, SOURCES = 128, 40


def layer(bits: int = 4, decay: int = 1 << 12, **fields: Any) -> Network:
    rng = np.random.default_rng(2)
    fire = above(np.full(NEURONS, 40))
    p = population("p", NEURONS, decay=leak(decay), fire=fire, **fields)
    weight = rng.integers(-2, 2, (NEURONS, SOURCES), np.int64)
    return network(SOURCES, [p], [dense(INPUT, "p", weight, bits=bits)])


def written(folder: Path, net: Network) -> Path:
    (folder / "n.rvn").write_bytes(rvn.to_bytes(net))
    return folder / "n.rvn"


def asked(folder: Path, target: str, *more: object) -> tuple[object, ...]:
    emit = () if target == "verilog" else ("--emit", "library")
    return ("compile", folder / "n.rvn", "--target", target, "-o", folder / "b", *emit, *more)


def test_sixteen_lanes_of_an_ice40_share_multipliers_and_block_rams(tmp_path: Path) -> None:
    written(tmp_path, layer())
    core = answer(*asked(tmp_path, "up5k", "--lanes", 16))["core"]
    assert (core["lanes"], core["fold"], core["leak"]) == (16, 4, "multiply")
    assert core["parameters"]["Lefts"] == 1
    build = tmp_path / "b"
    assert "16 lanes, 4 updated at a time" in succeeds("inspect", build)
    few = answer("compile", tmp_path / "n.rvn", "--target", "up5k", "-o", tmp_path / "c",
                 "--emit", "library")["core"]  # fmt: skip
    assert (few["lanes"], few["fold"]) == (8, 1)


def test_as_few_beats_as_the_part_has_room_for() -> None:
    ice40, ecp5 = part("up5k"), part("ecp5")
    roomy = replace(ice40, cells=replace(ice40.cells, ebr=40)) if ice40.cells else ice40
    net = layer(decay=6554)
    for where, laid, fold, rule in (
        (ice40, net, 4, "multiply"),
        (roomy, net, 2, "multiply"),
        (roomy, layer(), 1, "shift"),
        (ecp5, net, 1, "multiply"),
    ):
        found = fit.folded(lower(laid, 16, 4), where, None)
        assert (found.fold, found.leak) == (fold, rule)
    with pytest.raises(RanvierError, match="8 too many") as e:
        fit.check_fits(lower(net, 16, 4), ice40)
    assert e.value.code == "V011"


def test_values_need_a_multiplier_a_lane(tmp_path: Path) -> None:
    net = layer()
    wide = network(SOURCES, net.populations, net.projections, high=7)
    written(tmp_path, wide)
    error = fails(tmp_path, "V001", *asked(tmp_path, "up5k", "--lanes", 16))
    assert "values of 4 bits" in error["what"]
    assert "fewer --lanes" in error["hint"]
    assert succeeds(*asked(tmp_path, "up5k"))


def test_a_leak_by_shift(tmp_path: Path) -> None:
    written(tmp_path, layer(bits=8))
    core = answer(*asked(tmp_path, "verilog", "--leak", "shift"))["core"]
    assert (core["lanes"], core["fold"], core["leak"]) == (8, 1, "shift")
    assert core["parameters"]["Shifts"] == 1 << 12
    assert "shift instead of multiplying" in succeeds("inspect", tmp_path / "b")
    other = fails(tmp_path, "C009", *asked(tmp_path, "verilog", "--leak", "rotate"))
    assert other["hint"] == "multiply or shift"


@pytest.mark.parametrize(("decay", "synapses"), [
    (6554, ()),
    (1 << 12, (SynapticState(decay=leak(1 << 9), bias=np.zeros(1, np.int64),
                             gain=np.array([3]), gain_shift=0),)),
])  # fmt: skip
def test_what_is_no_shift_is_named(
    tmp_path: Path, decay: int, synapses: tuple[SynapticState, ...]
) -> None:
    written(tmp_path, layer(decay=decay, synapses=synapses))
    error = fails(tmp_path, "V001", *asked(tmp_path, "verilog", "--leak", "shift"))
    assert "p takes a factor" in error["what"]
    assert "--leak multiply" in error["hint"]


def test_a_microcontroller_has_no_lanes_to_shift(tmp_path: Path) -> None:
    written(tmp_path, layer(bits=8))
    command = ("compile", tmp_path / "n.rvn", "--target", "host", "-o", tmp_path / "b")
    assert "it is for FPGAs" in fails(tmp_path, "C009", *command, "--leak", "shift")["hint"]
