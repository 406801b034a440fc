# SPDX-License-Identifier: Apache-2.0
"""A layer that is left out does nothing: after so many quiet steps another changes no state."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.unit.nets import ints, population

from ranvier.ir import Decay, Fire, Population, Reset, SynapticState
from ranvier.qformat import int_min
from ranvier.targets.mcu.rest import settled
from ranvier.update import State, step

LEAK = Decay(kind="leak", factor=ints(6554), shift=16)


def rest(p: Population, state: State, quiet: int) -> tuple[State, NDArray[Any]]:
    """Run quiet steps; return the state, and which samples did not fire."""
    silent = np.ones(len(state.v), np.bool_)
    for _ in range(quiet):
        silent &= ~nothing_comes(p, state).any(axis=1)
    return state, silent


def nothing_comes(p: Population, state: State) -> NDArray[Any]:
    return step(p, state, [np.zeros_like(state.v)] * max(1, len(p.synapses)))


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
