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
from tests.unit.nets import ints, network, population, wrap_upper

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
    Fire,
    LevelCrossingStage,
    Network,
    Projection,
    RectifyStage,
    Reset,
    SmoothStage,
    SquareStage,
    Stage,
    SynapticState,
    ThresholdCrossingStage,
)
from ranvier.reference import Trace

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


# By hand


def simulate(inputs: tuple[int, ...], *, shift: int = 0, delay: int = 0, **fields: Any) -> Trace:
    """Run one neuron that adds each step's input to its membrane, which by default it keeps."""
    given: dict[str, Any] = {"decay": Decay(factor=ints(0)), "fires": "fire" in fields}
    one = Dense(weight=ints(1).reshape(1, 1))
    n = network(
        encoding=Encoding(
            channels=1, raw="int16", raw_low=-32768, raw_high=32767, raw_scale=1.0
        ),
        populations=(population("p", 1, **{**given, **fields}),),
        projections=(
            Projection(source="input", target="p", connection=one, shift=shift, delay=delay),
        ),
        decode=Decode(rule="per-step", sources=("p",), multiplier=ints(1)),
    )  # fmt: skip
    raw = np.array(inputs, np.int16).reshape(1, -1, 1)
    compare(check(n), raw)
    return reference.simulate(n, raw)


def v(trace: Trace, name: str = "p") -> list[int]:
    return [int(x) for x in trace.v[name][0, :, 0]]


def spikes(trace: Trace, name: str = "p") -> list[int]:
    return [int(x) for x in trace.spikes[name][0, :, 0]]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"kind": "none"}, [-5, -5, -5, -5]),
        ({"kind": "multiply", "factor": 3, "shift": 2}, [-5, -4, -3, -3]),
        ({"kind": "multiply", "factor": 3, "shift": 2, "rounding": "zero"}, [-5, -3, -2, -1]),
        ({"kind": "leak", "factor": 1, "shift": 2}, [-5, -3, -2, -1, 0, 0]),
        ({"kind": "leak", "factor": 1, "shift": 2, "rounding": "zero"}, [-5, -4, -3, -3]),
        ({"kind": "shift", "factor": 2}, [-5, -3, -2, -1, 0, 0]),
        ({"kind": "shift", "factor": 2, "rounding": "zero"}, [-5, -4, -3, -3]),
        ({"kind": "shift", "factor": 2}, [5, 4, 3, 3]),
        ({"kind": "shift", "factor": 2, "min_step": 1}, [5, 4, 3, 2, 1, 0, 0]),
        (
            {"kind": "shift", "factor": 2, "min_step": 1, "rounding": "zero"},
            [-5, -4, -3, -2, -1, 0, 0],
        ),
    ],
)
def test_decay(fields: dict[str, Any], expected: list[int]) -> None:
    decay = Decay(**{**fields, "factor": ints(fields.get("factor", 0))})
    assert v(simulate((expected[0], *(0 for _ in expected[1:])), decay=decay)) == expected


@pytest.mark.parametrize(
    ("fields", "x", "n", "left"),
    [
        ({"compare": ">"}, 3, 0, 3),
        ({"compare": ">="}, 3, 1, 0),
        ({"compare": ">"}, 9, 1, 6),
        ({"compare": ">", "spikes": "floor", "max_spikes": 9}, 9, 2, 3),
        ({"compare": ">=", "spikes": "floor", "max_spikes": 9}, 9, 3, 0),
        ({"compare": ">=", "spikes": "floor", "max_spikes": 9}, 8, 2, 2),
        ({"compare": ">=", "spikes": "floor", "max_spikes": 2}, 9, 2, 3),
        ({"compare": ">=", "spikes": "floor", "max_spikes": 9}, -9, 0, -9),
    ],
)
def test_fire_at_equality_and_several_times(
    fields: dict[str, Any], x: int, n: int, left: int
) -> None:
    fire = Fire(threshold=ints(3), **fields)
    trace = simulate((x,), fire=fire, reset=Reset(kind="subtract", value=ints(0)))
    assert (spikes(trace), v(trace)) == ([n], [left])


@pytest.mark.parametrize(
    ("kind", "timing", "value", "inputs", "expected", "fired"),
    [
        # v leaks half, floored; the threshold of 10 is met at once.
        ("none", "now", 1, (12, 4, 4), [12, 10, 9], [1, 1, 0]),
        ("value", "now", 1, (12, 4, 4), [1, 5, 7], [1, 0, 0]),
        ("value", "next-membrane", 1, (12, 4, 4), [12, 5, 7], [1, 0, 0]),
        ("value", "next-update", 1, (12, 4, 4), [12, 1, 5], [1, 0, 0]),
        ("value", "next-surplus", 0, (12, 4, 4), [0, 4, 6], [1, 0, 0]),
        ("subtract", "now", 0, (25, 4, 4), [15, 2, 5], [1, 1, 0]),
        ("subtract", "next-membrane", 0, (25, 4, 4), [25, 7, 8], [1, 0, 0]),
        ("subtract", "next-update", 0, (25, 4, 4), [25, 7, 8], [1, 0, 0]),
        ("subtract", "next-surplus", 0, (25, 4, 4), [15, 12, 10], [1, 0, 0]),
    ],
)
def test_reset(
    kind: Any, timing: Any, value: int, inputs: tuple[int, ...], expected: list[int],
    fired: list[int],
) -> None:  # fmt: skip
    trace = simulate(
        inputs,
        decay=Decay(kind="leak", factor=ints(1), shift=1),
        fire=Fire(compare=">=", threshold=ints(10)),
        reset=Reset(kind=kind, timing=timing, value=ints(value)),
    )
    assert (v(trace), spikes(trace)) == (expected, fired)


@pytest.mark.parametrize(
    ("overflow", "saturation", "inputs", "bias", "expected"),
    [
        ("saturate", "sum", (32767, 20), 0, [32767, 32767]),
        ("saturate", "sum", (-32768, -1), 0, [-32768, -32768]),
        ("wrap", "sum", (32767, 1), 0, [32767, -32768]),
        ("wrap", "sum", (-32768, -1), 0, [-32768, 32767]),
        # The input saturates by itself before the bias is added.
        ("saturate", "sum", (32767, 20), -10, [32757, 32767]),
        ("saturate", "each", (32767, 20), -10, [32757, 32757]),
        ("saturate", "increment", (32767, 20), -10, [32757, 32767]),
    ],
)
def test_overflow(
    overflow: str, saturation: str, inputs: tuple[int, ...], bias: int, expected: list[int]
) -> None:
    fields: dict[str, Any] = {"overflow": overflow, "saturation": saturation, "bias": ints(bias)}
    assert v(simulate(inputs, **fields)) == expected


@pytest.mark.parametrize(
    ("saturation", "expected"),
    [("sum", 20000), ("each", 20000), ("increment", 12767)],
)
def test_an_increment_saturates_before_it_is_added(saturation: str, expected: int) -> None:
    # The second step adds 2 * 20000 to -20000.
    trace = simulate((-10000, 20000), shift=1, saturation=saturation)
    assert v(trace) == [-20000, expected]


@pytest.mark.parametrize("delay", [0, 1, 2])
def test_a_delay_is_counted_in_steps(delay: int) -> None:
    assert v(simulate((5, 0, 0, 0), delay=delay)) == [0] * delay + [5] * (4 - delay)


@pytest.mark.parametrize("delay", [0, 1, 2])
def test_a_delay_between_populations_is_counted_in_steps(delay: int) -> None:
    one = Dense(weight=ints(1).reshape(1, 1))
    fields: dict[str, Any] = {"decay": Decay(factor=ints(0))}
    n = network(
        encoding=Encoding(channels=1, raw="uint8", raw_low=0, raw_high=9, raw_scale=1.0),
        populations=(
            population("a", 1, fire=Fire(compare=">", threshold=ints(1)), **fields),
            population("b", 1, fires=False, **fields),
        ),
        projections=(
            Projection(source="input", target="a", connection=one),
            Projection(source="a", target="b", connection=one, shift=2, delay=delay),
        ),
    )
    raw = np.array([2, 0, 0, 0], np.uint8).reshape(1, 4, 1)
    compare(check(n), raw)
    trace = reference.simulate(n, raw)
    assert spikes(trace, "a") == [1, 0, 0, 0]
    assert v(trace, "b") == [0] * delay + [4] * (4 - delay)


@pytest.mark.parametrize(
    ("order", "read", "synapse", "membrane"),
    [
        ("decay-then-add", "after", [8, 4, 2], [8, 12, 14]),
        ("decay-then-add", "before", [8, 4, 2], [0, 8, 12]),
        ("add-then-decay", "after", [4, 2, 1], [4, 6, 7]),
    ],
)
def test_synaptic_state(order: Any, read: Any, synapse: list[int], membrane: list[int]) -> None:
    half = Decay(kind="multiply", factor=ints(1), shift=1)
    state = SynapticState(decay=half, order=order, read=read, bias=ints(0), gain=ints(1))
    trace = simulate((8, 0, 0), synapses=(state,))
    assert trace.synapses["p"][0, :, 0, 0].tolist() == synapse
    assert v(trace) == membrane


def test_gain_and_projection_shifts_floor() -> None:
    state = SynapticState(
        decay=Decay(factor=ints(0)), bias=ints(0), gain=ints(3), gain_shift=2
    )  # fmt: skip
    assert v(simulate((-5,), synapses=(state,))) == [-4]
    assert v(simulate((-5,), shift=-2)) == [-2]


def test_two_projections_into_one_synapse_are_shifted_apart() -> None:
    # (1 >> 1) + (1 >> 1) is 0, not (1 + 1) >> 1.
    one = Dense(weight=ints(1).reshape(1, 1))
    half = Projection(source="input", target="p", connection=one, shift=-1)
    n = network(
        encoding=Encoding(channels=1, raw="uint8", raw_low=0, raw_high=9, raw_scale=1.0),
        populations=(population("p", 1, fires=False, decay=Decay(factor=ints(0))),),
        projections=(half, half),
    )
    raw = np.ones((1, 1, 1), np.uint8)
    compare(check(n), raw)
    assert v(reference.simulate(n, raw)) == [0]


def test_a_lower_bound_holds_before_the_comparison() -> None:
    fire = Fire(compare=">=", threshold=ints(-3))
    trace = simulate((-9,), lower_bound=ints(-3), fire=fire, reset=Reset(value=ints(0)))
    assert (v(trace), spikes(trace)) == ([-3], [1])


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


def test_what_wraps_at_its_upper_end_keeps_it_of_its_word() -> None:
    network, raw, wanted = wrap_upper()
    compare(network, raw)
    trace = reference.simulate(network, raw)
    assert trace.synapses["p"][0, :, 0, 0].tolist() == wanted
    assert trace.v["p"][0, :, 0].tolist() == wanted


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
