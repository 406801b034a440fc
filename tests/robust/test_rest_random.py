# SPDX-License-Identifier: Apache-2.0
"""A layer that is left out does nothing, whatever its neurons' rules and states."""

from collections import Counter
from typing import Any

import numpy as np
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.strategies import networks
from tests.unit.test_rest import nothing_comes, rest

from ranvier.ir import Population
from ranvier.qformat import int_max, int_min
from ranvier.targets.mcu.rest import settled
from ranvier.update import State

STARTS = 64
MOST = 300  # steps that a test waits


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
