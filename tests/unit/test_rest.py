# SPDX-License-Identifier: Apache-2.0
"""A layer that is left out does nothing: after so many quiet steps another changes no state."""

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.strategies import networks
from tests.unit.nets import ints, population

from ranvier.ir import Decay, Fire, Population, Reset, SynapticState
from ranvier.qformat import int_max, int_min
from ranvier.targets.mcu.rest import settled
from ranvier.update import State, step

STARTS = 64
LEAK = Decay(kind="leak", factor=ints(6554), shift=16)
MOST = 300  # steps that a test waits


def rest(p: Population, state: State, quiet: int) -> tuple[State, NDArray[Any]]:
    """Run quiet steps; return the state, and which samples did not fire."""
    silent = np.ones(len(state.v), np.bool_)
    for _ in range(quiet):
        silent &= ~nothing_comes(p, state).any(axis=1)
    return state, silent


def nothing_comes(p: Population, state: State) -> NDArray[Any]:
    return step(p, state, [np.zeros_like(state.v)] * max(1, len(p.synapses)))


def starts(p: Population, rng: np.random.Generator) -> State:
    """Return states from the ends of the words to their middles."""

    def some(bits: int) -> NDArray[Any]:
        reach = rng.integers(0, bits, (STARTS, p.size))
        found = rng.integers(int_min(bits), int_max(bits), (STARTS, p.size)) >> reach
        found[0], found[1] = int_min(bits), int_max(bits)
        return found

    return State(v=some(p.bits), synapses=[some(s.bits) for s in p.synapses])


def test_random_layers_stay_as_they_have_settled() -> None:
    total = Counter[str]()

    @settings(max_examples=240, deadline=None, phases=(Phase.generate,))
    @given(st.data())
    def sweep(data: st.DataObject) -> None:
        n = data.draw(networks(kernels=True, chips=data.draw(st.booleans())))
        rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
        for p in n.populations:
            quiet = settled(p)
            if quiet is None or quiet > MOST:
                continue
            state, silent = rest(p, starts(p, rng), quiet)
            then = [x.copy() for x in (state.v, *state.synapses)]
            assert not nothing_comes(p, state)[silent].any()
            for a, b in zip(then, (state.v, *state.synapses), strict=True):
                np.testing.assert_array_equal(a[silent], b[silent])
            total["layers"] += 1
            total["silent"] += int(silent.sum())
            total["synapses"] += len(p.synapses) * int(silent.any())

    sweep()
    assert total["layers"] >= 40 and total["silent"] >= 1000 and total["synapses"] >= 8


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"decay": Decay(kind="multiply", factor=ints(60000), shift=16)},
        {"decay": Decay(kind="shift", factor=ints(3), min_step=1)},
        {"bias": ints(11)},
        {"lower_bound": ints(-50)},
    ],
)
def test_no_step_is_wasted(change: dict[str, Any]) -> None:
    """From the worst start, states move until the very step before, or the one before that."""
    p = replace(
        population("p", 1, decay=LEAK), **change,
        fire=Fire(compare=">", threshold=ints(300)), reset=Reset(kind="value", value=ints(0)),
    )  # fmt: skip
    found = settled(p)
    assert found is not None
    ends = np.array([[int_min(16) if p.lower_bound is None else -50], [300]])
    state, _ = rest(p, State(v=ends, synapses=[]), found - 2)
    before = state.v.copy()
    nothing_comes(p, state)
    assert (state.v != before).any()


def test_what_never_settles_never_rests() -> None:
    fire = Fire(compare=">", threshold=ints(300))
    climbing = replace(population("p", 1, decay=Decay(factor=ints(0))), fire=fire, bias=ints(1))
    found = settled(climbing)
    assert found is None or found > 300
    slow = replace(population("p", 1, bits=32, decay=Decay(kind="leak", factor=ints(1), shift=16)))
    assert settled(replace(slow, fire=None)) is None


def test_a_current_settles_before_its_membrane() -> None:
    slow = SynapticState(
        decay=Decay(kind="leak", factor=ints(655), shift=16), bias=ints(0), gain=ints(-3)
    )
    p = replace(population("p", 1, decay=LEAK, synapses=(slow,)), fire=None)
    alone = settled(replace(p, synapses=()))
    both = settled(p)
    assert alone is not None and both is not None and both > 600 > alone
    state, _ = rest(p, State(v=np.array([[30000]]), synapses=[np.array([[-32768]])]), both)
    then = state.v.copy(), state.synapses[0].copy()
    nothing_comes(p, state)
    assert (state.v == then[0]).all() and (state.synapses[0] == then[1]).all()


def test_a_layer_that_takes_too_long_is_not_waited_for() -> None:
    """What a current at rest still gives moves the membrane a unit a step, 65,535 of them."""
    current = SynapticState(decay=LEAK, bias=ints(0), gain=ints(1))
    fire = Fire(compare=">", threshold=ints(1000))
    p = replace(population("p", 16, decay=Decay(factor=ints(0))), synapses=(current,), fire=fire)
    assert settled(replace(p, reset=Reset(kind="value", value=ints(0)))) is None
