# SPDX-License-Identifier: Apache-2.0
"""Convolutions and sparse columns in 16-bit sums, as C executes them == the golden model."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from tests.kernel_build import Kernels, as_they_are, compare, compare_in_its_memory
from tests.scattered import KERNELS, scattered
from tests.unit.nets import ints, network, population

from ranvier.check import check
from ranvier.ir import Conv, Decay, Encoding, Network, Projection, Sparse
from ranvier.targets.mcu.layouts_words import runs
from ranvier.targets.mcu.lower import lower, wide
from ranvier.targets.mcu.narrow import narrowed
from ranvier.targets.mcu.plan import Plan

SEEDS = 60


def in_words(n: Network) -> Plan:
    """Return the plan that takes connections as they are, in 16-bit sums where these suffice."""
    plan = as_they_are(wide(n))
    populations = tuple(narrowed(n, p, "portable") for p in plan.populations)
    return replace(plan, populations=populations)


def test_random_networks(kernels: Kernels) -> None:
    total, used = Counter[str](), Counter[str]()
    for seed in range(SEEDS):
        n, raw = scattered(seed)
        plan = in_words(n)
        total.update(compare(kernels, n, raw, plan))
        used.update(plan.kernels)
    assert total["spikes"] >= 10000
    assert min(used[k] for k in KERNELS) >= 10


def test_random_networks_stay_within_their_memory(checked: Kernels) -> None:
    spikes, used = 0, Counter[str]()
    for seed in range(SEEDS // 3):
        n, raw = scattered(1000 + seed)
        plan = in_words(n)
        spikes += compare_in_its_memory(checked, plan, raw[:1])
        used.update(plan.kernels)
    assert spikes >= 1000
    assert set(used) >= KERNELS


@pytest.mark.parametrize("channels", [8, 7])
def test_neighbours_in_a_word_borrow_nothing(kernels: Kernels, channels: int) -> None:
    """Sums at both ends of 16 bits, side by side: -32768 beside 32767, in either order."""
    ends = np.array([127, -127, -127, 127, 127, 127, -127, -127])[:channels, None]
    last = np.where(ends > 0, 1, -2)
    weight = np.concatenate([np.repeat(ends, 258, axis=1), last], axis=1)
    conv = Conv(weight=weight[:, :, None, None], input_shape=(259, 1, 1))
    n = network(
        encoding=Encoding(channels=259, raw="uint8", raw_low=0, raw_high=1, raw_scale=1.0),
        populations=(population("p", channels, fires=False, decay=Decay(factor=ints(0))),),
        projections=(Projection(source="input", target="p", connection=conv),),
    )
    plan = in_words(check(n))
    assert [q.kernel for q in plan.populations[0].projections] == ["rv_events_set_runs"]
    raw = np.ones((1, 3, 259), np.uint8)
    raw[0, 1] = 0
    compare(kernels, n, raw, plan)


def test_sums_that_need_17_bits_stay_wide(kernels: Kernels) -> None:
    weight = np.full(300, 127)
    zero = np.zeros(300, np.int64)
    sparse = Sparse(shape=(1, 300), source=np.arange(300), target=zero, weight=weight)
    n = network(
        encoding=Encoding(channels=300, raw="uint8", raw_low=0, raw_high=1, raw_scale=1.0),
        populations=(population("p", 1, fires=False, decay=Decay(factor=ints(0))),),
        projections=(Projection(source="input", target="p", connection=sparse),),
    )
    plan = in_words(check(n))
    assert [q.kernel for q in plan.populations[0].projections] == ["rv_project_sparse_events_i8"]
    compare(kernels, n, np.ones((1, 2, 300), np.uint8), plan)


@pytest.mark.parametrize(
    ("fields", "fits"),
    [
        ({}, True),
        ({"stride": (1, 3)}, True),
        ({"stride": (1, 2), "dilation": (1, 2)}, True),
        ({"dilation": (2, 1)}, True),
        ({"dilation": (1, 2)}, False),  # columns of outputs lie apart
        ({"groups": 2}, False),
    ],
)
def test_which_convolutions_are_runs(fields: dict[str, object], fits: bool) -> None:
    shape = (8, 2 // int(str(fields.get("groups", 1))), 3, 3)
    conv = Conv(weight=np.ones(shape, np.int64), input_shape=(2, 9, 9), **fields)  # type: ignore[arg-type]
    assert (runs(conv) is not None) == fits


def test_shifts_to_the_left_leave_the_least_to_the_neurons(kernels: Kernels) -> None:
    """Of two inputs of different scales one is summed where it is, the other shifted to it."""
    n, raw = scattered(1)
    first, *rest = n.projections
    mixed = check(
        network(
            encoding=n.encoding, populations=n.populations, decode=n.decode,
            projections=tuple(
                Projection(
                    source=q.source, target=q.target, connection=q.connection, delay=q.delay,
                    shift=1 + 2 * (k % 2),
                )
                for k, q in enumerate((first, *rest))
            ),
        )
    )  # fmt: skip
    plan = lower(mixed)
    assert [p.shifts for p in plan.populations] == [(1,), (1,)]
    assert sum(q.scratch for p in plan.populations for q in p.projections) == 2
    assert compare(kernels, mixed, raw, plan)["spikes"] > 0
