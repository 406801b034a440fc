# SPDX-License-Identifier: Apache-2.0
"""Random convolutional networks, whose weights are shared, on simulated cores of several widths."""

import json
import re
import runpy
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cases import FULL
from tests.commands import succeeds
from tests.hdl.cores import compare, core, need_verilator
from tests.hdl.coverage import cache
from tests.hdl.hand_made import above, dense, leak, network
from tests.hdl.random_images import KINDS, networks, parameters, planned
from tests.hdl.test_flow_hdl import (
    test_the_generated_top_is_clean_in_two_simulators as check_top,
)
from tests.unit.nets import population

from ranvier.check import check
from ranvier.errors import RanvierError
from ranvier.ir import INPUT, Conv, IntArray, Network, Pool, Projection
from ranvier.targets.fpga import cycles, images, shapes
from ranvier.targets.fpga.fit import check_fits
from ranvier.targets.fpga.lower import lower
from ranvier.targets.fpga.part import part
from ranvier.tools.verbs.compile import compile
from ranvier.tools.verbs.verify import verify


@pytest.mark.parametrize("name", KINDS)
def test_random_convolutions_equal_the_golden_model(name: str) -> None:
    need_verilator()
    kind, total = KINDS[name], Counter[str]()

    @settings(max_examples=1500 if FULL else 60)
    @given(st.data())
    def run(data: st.DataObject) -> None:
        network, raw = data.draw(networks(kind))
        plan = planned(network, kind, share=data.draw(st.booleans()))
        for t in plan.taken:
            total[f"shared {t.kind}" if t.shared else "unrolled"] += 1
        total["a window a source"] += sum(r.single for r in plan.rows if not r.one)
        total["a window a group"] += sum(r.shared and not r.single for r in plan.rows)
        total["shared bias"] += sum(r.shared for r in plan.rows if r.one)
        c = core(plan, parameters(kind))
        try:
            for stalls in (0, data.draw(st.integers(1, 2**32 - 1))):
                total.update(compare(network, plan, c, raw, stalls)[0])
        finally:
            c.close()

    run()
    for what in ("spikes", "sent", "readouts"):
        assert total[what] > 300, (what, total)
    kinds = ("shared conv", "shared pool", "a window a source", "a window a group", "shared bias")
    for what in (*kinds, "unrolled"):
        assert total[what] > 3, (what, total)


def convolving(channels: int = 5, threshold: int = 300, high: int = 100) -> Network:
    """Return a strided convolution, a pooling of it, and a convolution whose spikes go out."""
    rng = np.random.default_rng(4)

    def weight(*shape: int) -> IntArray:
        return rng.integers(-high // 2, high, shape, np.int64)

    first = Conv(
        weight=weight(channels, 2, 5, 5),
        input_shape=(2, 13, 14),
        stride=(2, 2),
        padding=(1, 1, 1, 1),
    )  # channels x 6 x 6
    pool = Pool(weight=7, input_shape=(channels, 6, 6), kernel=(2, 2), stride=(2, 2))
    last = Conv(weight=weight(6, channels, 3, 3), input_shape=(channels, 3, 3),
                padding=(1, 1, 1, 1))  # fmt: skip
    sizes = {"a": channels * 36, "b": channels * 9, "c": 54}
    a, b, c = (
        population(name, size, decay=leak(), fire=above(np.full(size, threshold)))
        for name, size in sizes.items()
    )
    ways: list[tuple[str, str, Conv | Pool]] = [
        (INPUT, "a", first), ("a", "b", pool), ("b", "c", last),
    ]  # fmt: skip
    projections = [Projection(source=x, target=y, connection=z, bits=8) for x, y, z in ways]
    loop = dense("c", "b", weight(sizes["b"], 54), delay=1)
    return check(network(364, [a, b, c], [*projections, loop]))


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache()))
    return compile(convolving(threshold=40), "verilog", tmp_path / "b", lanes=4).build.path


def test_a_build_that_shares_weights_equals_the_golden_model(built: Path) -> None:
    """Its top is clean; its core is right, over SPI too, where its windows are a ROM."""
    need_verilator()
    check_top(built)
    found = verify(built)
    assert (found.mismatches, found.first_mismatch) == (0, None)
    assert found.spikes > 1000


def test_a_build_says_what_is_shared_and_where_neurons_are(built: Path) -> None:
    said = succeeds("inspect", built)
    for line in (r"input -> a +shared +100 +16380 +364", r"b -> c +shared +144 +630 +18"):
        assert re.search(line, said), said
    manifest = json.loads((built / "manifest.json").read_text())
    known = {c["target"]: c for x in manifest["cost"]["layers"] for c in x["connections"]}
    assert known["b"]["kind"] == "pool"
    assert manifest["memory"]["memories"]["windows"] > 0
    where = np.arange(54).reshape(6, 9)
    wanted = (where % 9 * 8 + where // 9).reshape(-1).tolist()
    sys.path.insert(0, str(built / "driver"))
    try:
        layout = runpy.run_path(str(built / "driver" / "net_layout.py"))
    finally:
        sys.path.remove(str(built / "driver"))
    assert layout["NEURONS_C"] == wanted
    header = (built / "driver" / "net_layout.h").read_text()
    assert f"NET_NEURONS_C {{ {', '.join(map(str, wanted))} }}" in header


def test_no_step_of_windows_takes_longer_than_its_bound() -> None:
    """Every source and every neuron fires: the bound is close."""
    need_verilator()
    net = convolving(threshold=-30000, high=1)
    plan = lower(net, 4)
    assert all(t.shared for t in plan.taken)
    c = core(plan)
    few, many = (c.run(np.ones((n, 364), np.int64)) for n in (6, 12))
    c.close()
    assert all(v.all() for v in many.spikes.values())
    taken, bound = (many.cycles - few.cycles) / 6, sum(cycles.per_layer(plan).values())
    assert 0.9 * bound < taken <= bound


def test_a_window_next_to_a_sweep() -> None:
    """The last event of a step writes the group that the sweep behind it reads first."""
    need_verilator()
    conv = Conv(weight=np.array([3, 5, 7], np.int64).reshape(3, 1, 1, 1), input_shape=(1, 1, 60))
    p = population("p", 180, fire=above(np.full(180, 20)))
    net = check(network(60, [p], [Projection(source=INPUT, target="p", connection=conv, bits=8)]))
    plan = lower(net, 4)
    assert plan.taken[0].shared
    raw = np.zeros((3, 12, 60), np.int64)
    raw[0, :, 0], raw[1, :, 1], raw[2, ::3, ::7] = 1, 1, 1
    c = core(plan)
    counts, _ = compare(net, plan, c, raw)
    c.close()
    assert counts["spikes"] > 5


def test_weights_are_shared_where_that_takes_less_memory() -> None:
    rng = np.random.default_rng(1)

    def taken(image: tuple[int, int, int], kernel: int) -> object:
        conv = Conv(weight=rng.integers(-9, 9, (2, image[0], 1, kernel)), input_shape=image)
        size = 2 * (image[2] - kernel + 1)
        p = population("p", size, fire=above(np.full(size, 9)))
        joined = Projection(source=INPUT, target="p", connection=conv, bits=8)
        plan = lower(network(int(np.prod(image)), [p], [joined]), 8)
        assert plan.weight_rows == plan.taken[0].rows
        assert ("Shared" in images.parameters(plan).values) == plan.taken[0].shared
        return plan.taken[0]

    long, short = taken((2, 1, 100), 5), taken((2, 1, 6), 5)
    assert (long.shared, long.rows, long.unrolled) == (True, 10, 24 * 200)  # type: ignore[attr-defined]
    assert (short.shared, short.rows, short.unrolled) == (False, 12, 12)  # type: ignore[attr-defined]
    assert "no less" in short.why  # type: ignore[attr-defined]


def test_more_windows_than_a_row_can_say_are_unrolled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "MOST", 300)
    plan = lower(convolving(), 4)
    shared = {t.target: t.shared for t in plan.taken}
    assert shared == {"a": False, "b": True, "c": True}
    assert "more than 300 windows" in plan.taken[0].why


def test_windows_take_block_rams(monkeypatch: pytest.MonkeyPatch) -> None:
    plan, where = lower(convolving(), 8), part("up5k")
    check_fits(plan, where)
    monkeypatch.setattr(
        "ranvier.targets.fpga.fit._count",
        lambda bits, words, block: 100 if words == len(plan.windows) else 0,
    )
    with pytest.raises(RanvierError, match=r"windows, .* take 100 block RAMs .* 70 too many") as e:
        check_fits(plan, where)
    assert e.value.code == "V011"
