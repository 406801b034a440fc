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
from ranvier.targets.fpga import fit, images
from ranvier.targets.fpga.lower import lower
from ranvier.targets.fpga.part import Part, part
from ranvier.targets.fpga.plan import Leak

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
    assert (core["lanes"], core["fold"], core["leak"]) == (16, 2, "multiply")
    assert core["parameters"]["Lefts"] == 1
    build = tmp_path / "b"
    assert "16 lanes, 8 updated at a time" in succeeds("inspect", build)
    few = answer("compile", tmp_path / "n.rvn", "--target", "up5k", "-o", tmp_path / "c",
                 "--emit", "library")["core"]  # fmt: skip
    assert (few["lanes"], few["fold"]) == (8, 1)


def test_as_few_beats_as_the_part_has_room_for() -> None:
    ice40, ecp5 = part("up5k"), part("ecp5")
    roomy = replace(ice40, cells=replace(ice40.cells, ebr=40)) if ice40.cells else ice40
    loop = dense("p", "p", np.zeros((NEURONS, NEURONS), np.int64), bits=4, delay=1)
    net = layer(decay=6554)
    looped = network(SOURCES, net.populations, [*net.projections, loop])
    cases: list[tuple[Part, Network, int, Leak]] = [
        (ice40, net, 2, "multiply"),
        (ice40, looped, 4, "multiply"),
        (roomy, looped, 2, "multiply"),
        (roomy, layer(), 1, "shift"),
        (ecp5, looped, 1, "multiply"),
    ]
    for where, laid, fold, rule in cases:
        found = fit.folded(lower(laid, 16, 4, leak=rule), where)
        assert (found.fold, found.leak) == (fold, rule)
    with pytest.raises(RanvierError, match="8 too many") as e:
        fit.check_fits(lower(net, 16, 4), ice40)
    assert e.value.code == "V011"


def test_what_yosys_keeps_in_logic_takes_no_block_ram() -> None:
    """Sums of 21 bits in 16 lanes and thresholds take 25; with no list there is room for all."""
    ice40 = part("up5k")
    p = population("p", 256, decay=leak(), fire=above(np.full(256, 40)))
    wide = dense(INPUT, "p", np.ones((256, SOURCES), np.int64), bits=4, shift=-4)
    plan = fit.folded(lower(network(SOURCES, [p], [wide]), 16, 4), ice40)
    assert (plan.sum_bits, plan.fold) == (21, 4)
    loop = dense("p", "p", np.ones((256, 256), np.int64), bits=4, delay=1)
    with pytest.raises(RanvierError, match="too many") as e:
        fit.folded(lower(network(SOURCES, [p], [wide, loop]), 16, 4), ice40)
    assert "fewer --lanes" in (e.value.hint or "")


def test_a_core_runs_only_what_its_lanes_do() -> None:
    net = layer()
    kinds: list[tuple[int, Leak]] = [(1, "multiply"), (4, "multiply"), (1, "shift"), (4, "shift")]
    plans = [lower(net, 16, 4, fold=fold, leak=rule) for fold, rule in kinds]
    for a in plans:
        p = images.parameters(a)
        assert [images.covers(p, b) for b in plans] == [a is b for b in plans]
        more = {k: p[k] | 1 << 9 for k in ("Lefts", "Shifts") if p.values.get(k)}
        assert images.covers(images.whole(p.values | more), a)


def test_values_need_a_multiplier_a_lane(tmp_path: Path) -> None:
    net = layer()
    wide = network(SOURCES, net.populations, net.projections, high=7)
    written(tmp_path, wide)
    error = fails(tmp_path, "V001", *asked(tmp_path, "up5k", "--lanes", 16))
    assert "values of 4 bits" in error["what"]
    assert "fewer --lanes" in error["hint"]
    assert succeeds(*asked(tmp_path, "up5k"))
    shift = fails(tmp_path, "V001", *asked(tmp_path, "verilog", "--lanes", 1, "--leak", "shift"))
    assert shift["hint"] == "--leak multiply"


def test_a_leak_by_shift(tmp_path: Path) -> None:
    written(tmp_path, layer(bits=8))
    core = answer(*asked(tmp_path, "verilog", "--leak", "shift"))["core"]
    assert (core["lanes"], core["fold"], core["leak"]) == (8, 1, "shift")
    assert core["parameters"]["Shifts"] == 1 << 12
    assert "shift instead of multiplying" in succeeds("inspect", tmp_path / "b")
    other = fails(tmp_path, "C009", *asked(tmp_path, "verilog", "--leak", "rotate"))
    assert other["hint"] == "multiply or shift"


@pytest.mark.parametrize(("decay", "synapses", "what"), [
    (6554, (), "p has a factor of -6554 / 2**16"),
    (1 << 12, (SynapticState(decay=leak(1 << 9), bias=np.zeros(1, np.int64),
                             gain=np.array([3]), gain_shift=0),), "p has a synaptic gain of 3"),
])  # fmt: skip
def test_what_is_no_shift_is_named(
    tmp_path: Path, decay: int, synapses: tuple[SynapticState, ...], what: str
) -> None:
    written(tmp_path, layer(decay=decay, synapses=synapses))
    error = fails(tmp_path, "V001", *asked(tmp_path, "verilog", "--leak", "shift"))
    assert what in error["what"]
    assert "--leak multiply" in error["hint"]


def test_a_microcontroller_has_no_lanes_to_shift(tmp_path: Path) -> None:
    written(tmp_path, layer(bits=8))
    command = ("compile", tmp_path / "n.rvn", "--target", "host", "-o", tmp_path / "b")
    assert "it is for FPGAs" in fails(tmp_path, "C009", *command, "--leak", "shift")["hint"]
