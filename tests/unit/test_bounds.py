# SPDX-License-Identifier: Apache-2.0
"""Bounds hold whatever comes in, and for dense weights an adversary attains them."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests import scalar
from tests.scalar_parts import projected
from tests.strategy_inputs import spread
from tests.unit.nets import ints, network

from ranvier import bounds
from ranvier.bounds import Interval
from ranvier.ir import (
    INPUT,
    AffineStage,
    ClipStage,
    CountStage,
    DeltaStage,
    Dense,
    Encoding,
    LevelCrossingStage,
    Network,
    Projection,
    RawType,
    RectifyStage,
    Stage,
    ThresholdCrossingStage,
)


def within(x: Interval, rows: list[list[int]]) -> bool:
    low, high = x.low.tolist(), x.high.tolist()
    return all(
        a <= y <= b for row in rows for y, a, b in zip(row, low, high, strict=True)
    )  # fmt: skip


def _adversary(n: Network, q: Projection) -> Counter[str]:
    """Feed each dense target, term by term, what makes its sum largest and least."""
    assert isinstance(q.connection, Dense)
    low, high = n.encoding.raw_low, n.encoding.raw_high
    proved = bounds.sum_interval(n, q)
    found = Counter[str]()
    for i, row in enumerate(q.connection.weight.tolist()):
        for end, sign in ((int(proved.high[i]), 1), (int(proved.low[i]), -1)):
            # A source that may stay silent may also stand at 0 while the sum is partial.
            least, most = min(low, 0), max(high, 0)
            x = [most if sign * w > 0 else least for w in row]
            assert projected(q.connection, x)[i] == end
            partial = 0
            for w, y in zip(row, x, strict=True):
                partial += w * y
                assert proved.low[i] <= partial <= proved.high[i]
            found["nonzero"] += end != 0
    return found


@settings(max_examples=100)
@given(st.data())
def test_the_bound_of_a_dense_sum_is_attained(data: st.DataObject) -> None:
    ends: list[tuple[RawType, int, int]] = [
        ("int8", -128, 127),
        ("uint8", 0, 255),
        ("int16", -32768, 32767),
    ]
    raw, low, high = data.draw(st.sampled_from(ends))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    weight = spread(rng, -32768, 32767, (3, data.draw(st.integers(1, 6))))
    weight[0, 0] = -32768
    encoding = Encoding(
        channels=weight.shape[1], raw=raw, raw_low=low, raw_high=high, raw_scale=1.0
    )  # fmt: skip
    q = Projection(source=INPUT, target="hid", connection=Dense(weight=weight), bits=16)
    n = network(encoding=encoding, projections=(q,))
    assert _adversary(n, q)["nonzero"]


@pytest.mark.parametrize(
    ("stages", "low", "high"),
    [
        ((AffineStage(factor=ints(-3), offset=ints(1), shift=2),), -3, 7),  # -11 >> 2, 31 >> 2
        ((RectifyStage(),), 0, 10),
        ((ClipStage(low=-2, high=1),), -2, 1),
        ((CountStage(window=3),), -30, 12),
        ((DeltaStage(),), -14, 14),
        ((LevelCrossingStage(delta=ints(2), max_events=3),), 0, 3),
        ((ThresholdCrossingStage(threshold=ints(2), falling=False),), 0, 1),
        ((ClipStage(low=2, high=3), RectifyStage()), 2, 3),
        ((ClipStage(low=-3, high=-2), RectifyStage()), 2, 3),
        ((ClipStage(low=2, high=3), DeltaStage()), -3, 3),  # from 0 before the first sample
        ((RectifyStage(), CountStage(window=2), DeltaStage()), -20, 20),
    ],
)
def test_an_encoding_attains_its_bounds(stages: tuple[Stage, ...], low: int, high: int) -> None:
    encoding = Encoding(
        channels=1, raw="int8", raw_low=-10, raw_high=4, raw_scale=1.0, stages=stages
    )
    proved = bounds.encoding_intervals(encoding)[-1]
    assert {(a, b) for a, b in zip(proved.low, proved.high, strict=True)} == {(low, high)}
    n = network(encoding=encoding, projections=())
    seen: list[int] = []
    for raw in _extremes():
        run = scalar.run(n, raw)
        assert within(proved, run.inputs)
        seen += [y for row in run.inputs for y in row]
    # A first difference starts from 0, so its bound can be one that no two samples span.
    assert (min(seen), max(seen)) == (low, high) or DeltaStage in map(type, stages)


def _extremes() -> list[NDArray[np.int64]]:
    rows = [[-10] * 6, [4] * 6, [-10, 4, -10, 4, -10, 4], [0, 0, 0, 4, 4, 4, 0, 0, 0]]
    return [np.array(row, np.int64).reshape(-1, 1) for row in rows]


def test_bits_hold_zero_and_both_ends() -> None:
    for low, high, bits in ((0, 0, 1), (0, 127, 8), (-128, 5, 8), (-129, -129, 9), (128, 300, 10)):
        assert Interval(ints(low), ints(high)).bits == bits
