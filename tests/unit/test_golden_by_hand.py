# SPDX-License-Identifier: Apache-2.0
"""The golden model on one neuron, against numbers worked out by hand."""

from typing import Any

import numpy as np
import pytest
from tests.unit.nets import ints, network, population, wrap_upper
from tests.unit.test_golden_model import compare

from ranvier import reference
from ranvier.check import check
from ranvier.ir import (
    Decay,
    Decode,
    Dense,
    Encoding,
    Fire,
    Projection,
    Reset,
    SynapticState,
)
from ranvier.reference import Trace


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


def test_what_wraps_at_its_upper_end_keeps_it_of_its_word() -> None:
    network, raw, wanted = wrap_upper()
    compare(network, raw)
    trace = reference.simulate(network, raw)
    assert trace.synapses["p"][0, :, 0, 0].tolist() == wanted
    assert trace.v["p"][0, :, 0].tolist() == wanted
