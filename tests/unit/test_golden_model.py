# SPDX-License-Identifier: Apache-2.0
"""The golden model means what ir.py says: against a scalar restatement, and by hand."""

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests import scalar
from tests.strategies import every_feature, features, networks, samples
from tests.unit.nets import ints, network, population

from ranvier import reference
from ranvier.check import check
from ranvier.errors import RanvierError
from ranvier.ir import (
    AffineStage,
    ClipStage,
    CountStage,
    Decay,
    DecimateStage,
    Decode,
    DeltaStage,
    Dense,
    Encoding,
    FilterbankStage,
    LevelCrossingStage,
    Network,
    Projection,
    RectifyStage,
    SmoothStage,
    SquareStage,
    Stage,
    ThresholdCrossingStage,
)

SWEEP, SWEEPS = 400, 8
MARKS = (
    "several spikes", "threshold met", "bound", "saturate high", "saturate low", "wrap high",
    "wrap low", "wrap-upper high", "wrap-upper low", "full ring", "event saturates",
    "now value", "now subtract", "next-membrane value", "next-membrane subtract",
    "next-update value", "next-update subtract", "next-surplus value", "next-surplus subtract",
    "surplus -1", "surplus 1", "late value", "late subtract", "AffineStage", "RectifyStage",
    "ClipStage", "CountStage", "DeltaStage", "LevelCrossingStage", "ThresholdCrossingStage",
    "FilterbankStage", "SquareStage", "SmoothStage", "DecimateStage",
)  # fmt: skip


def compare(n: Network, raw: NDArray[np.integer]) -> Counter[str]:
    """Fail unless the golden model equals the restatement in everything it reports."""
    trace, marks = reference.simulate(n, raw), Counter[str]()
    for k, sample in enumerate(raw):
        run = scalar.run(n, sample)
        marks += run.marks
        assert trace.inputs[k].tolist() == run.inputs
        for p in n.populations:
            assert trace.v[p.name][k].tolist() == run.v[p.name], p.name
            assert (p.name in trace.spikes) == (p.fire is not None)
            if p.fire is not None:
                assert trace.spikes[p.name][k].tolist() == run.spikes[p.name], p.name
            if p.synapses:
                assert trace.synapses[p.name][k].tolist() == run.synapses[p.name], p.name
        assert trace.out[k].tolist() == run.out
        assert trace.scores[k].tolist() == run.scores[-1]
        assert trace.classes[k] == run.classes[-1]
    rules = ("saturate", "wrap", "wrap-upper")
    fitted = sum(marks[f"{how} {end}"] for how in rules for end in ("high", "low"))
    fitted += marks["full ring"] + marks["event saturates"]
    assert sum(trace.saturations.values()) == fitted
    return marks


def test_equals_the_scalar_restatement_wherever_the_rules_go() -> None:
    marks, used = Counter[str](), Counter[str]()

    def sweep(data: st.DataObject) -> None:
        n = check(data.draw(networks()))
        used.update(features(n))
        marks.update(compare(n, data.draw(samples(n))))

    for k in range(SWEEPS):  # what one sweep draws is much alike
        seed(k)(settings(max_examples=SWEEP // SWEEPS)(given(st.data())(sweep)))()
    assert marks["spikes"] >= 10_000
    assert {m for m in MARKS if marks[m] < 20} == set()
    assert {f for f in every_feature() if used[f] < 3} == set()


@pytest.mark.parametrize(
    ("stages", "raw", "expected"),
    [
        ((AffineStage(factor=ints(3), offset=ints(1), shift=2),), [-3, 3], [[-2], [2]]),
        ((RectifyStage(),), [-3, 3], [[3], [3]]),
        ((ClipStage(low=-2, high=1),), [-3, 3], [[-2], [1]]),
        ((CountStage(window=2),), [-3, 3, 4, 5], [[0], [9]]),
        ((DeltaStage(),), [4, 3, 3], [[4], [-1], [0]]),
        (
            (LevelCrossingStage(delta=ints(3), max_events=2),),
            # up 2 of 3 to 6; up the third to 9; down 2 to 3; down 1 to 0
            [10, 10, 2, 0, 0],
            [[2, 0], [1, 0], [0, 2], [0, 1], [0, 0]],
        ),
        (
            (ThresholdCrossingStage(threshold=ints(2), falling=False),),
            [2, 3, 1, 2, 1],
            [[1], [0], [0], [1], [0]],
        ),
        (
            (ThresholdCrossingStage(threshold=ints(-2), falling=True),),
            [-1, -2, -3, 0, -3],
            [[0], [1], [0], [0], [1]],
        ),
        (
            (ThresholdCrossingStage(threshold=ints(2), falling=False, refractory=3),),
            [2, 0, 2, 2, 0, 2, 0, 2, 0],  # 0 reported; 2 within 3 samples; 5 again; 7 within
            [[1], [0], [0], [0], [0], [1], [0], [0], [0]],
        ),
        ((SquareStage(shift=1),), [-3, 3, 127], [[4], [4], [8064]]),
        # s: 8, 12, 14, 11 (14 - 7 + 4), then 5 (11 - 5 - 1), -1 // 2 of 5 - 2 - 4 = -1
        ((SmoothStage(shift=1),), [8, 8, 8, 4, -1, -4], [[4], [6], [7], [5], [2], [-1]]),
        ((DecimateStage(window=2),), [-3, 3, 4, 5], [[3], [5]]),
        (
            # y = (8 (x - x'') - 2 y' + y'' + 2) >> 2 of 2, 0, 0, 0
            (
                FilterbankStage(
                    b=ints(8)[None],
                    a1=ints(2)[None],
                    a2=ints(-1)[None],
                    shift=2,
                    fraction=1,
                    drop=0,
                ),
            ),
            [1, 0, 0, 0],
            [[4], [-2], [-2], [1]],  # of 18, -8 + 2, -16 + 4 + 4 + 2, 4 - 2 + 2
        ),
    ],
)
def test_encoding_stage(stages: tuple[Stage, ...], raw: list[int], expected: Any) -> None:
    n = network(
        encoding=Encoding(
            channels=1, raw="int8", raw_low=-128, raw_high=127, raw_scale=1.0, stages=stages
        ),
        populations=(population("p", 1, fires=False),),
        projections=(),
    )
    samples = np.array(raw, np.int8).reshape(1, -1, 1)
    compare(check(n), samples)
    assert reference.simulate(n, samples).inputs[0].tolist() == expected


def test_scores_are_multiplied_and_the_first_of_equals_wins() -> None:
    n = network(
        populations=(population("p", 2, fires=False, decay=Decay(factor=ints(0))),),
        projections=(
            Projection(
                source="input",
                target="p",
                connection=Dense(weight=ints(2, 0, 0, 1).reshape(2, 2)),
            ),
        ),
        decode=Decode(rule="readout-mean", sources=("p",), multiplier=ints(1, 2)),
    )
    raw = np.array([[[1, 1], [1, 1]], [[1, 2], [0, 0]]], np.uint8)
    compare(check(n), raw)
    trace = reference.simulate(n, raw)
    assert trace.scores.tolist() == [[6, 6], [4, 8]]
    assert trace.classes.tolist() == [0, 1]


def _refractory(n: Network) -> Network:
    return replace(n, populations=(replace(n.populations[0], refractory=1), n.populations[1]))


def _graded(n: Network) -> Network:
    fire = n.populations[0].fire
    assert fire is not None
    graded = replace(n.populations[0], fire=replace(fire, graded=True))
    return replace(n, populations=(graded, n.populations[1]))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (_refractory, "hid.refractory"),
        (_graded, "hid.fire.graded"),
    ],
)
def test_a_field_that_nothing_executes_is_refused_by_name(change: Any, named: str) -> None:
    n = check(change(network()))
    with pytest.raises(RanvierError) as e:
        reference.simulate(n, np.zeros((1, 1, 2), np.uint8))
    assert e.value.code == "N090"
    assert named in e.value.what
