# SPDX-License-Identifier: Apache-2.0
"""Random networks on simulated cores of several widths, with gaps and back-pressure."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cases import FULL
from tests.hdl.cores import compare, core, need_verilator
from tests.hdl.hand_made import above, dense, network
from tests.hdl.random_networks import KINDS, networks, planned
from tests.unit.nets import population

from ranvier.ir import INPUT


@pytest.mark.parametrize("name", KINDS)
def test_random_networks_equal_the_golden_model(name: str) -> None:
    need_verilator()
    kind, total = KINDS[name], Counter[str]()

    @settings(max_examples=2000 if FULL else 120)
    @given(st.data())
    def run(data: st.DataObject) -> None:
        network, raw = data.draw(networks(kind))
        plan = planned(network, kind)
        c = core(plan, kind.parameters())
        try:
            for stalls in (0, data.draw(st.integers(1, 2**32 - 1))):
                total.update(compare(network, plan, c, raw, stalls)[0])
        finally:
            c.close()

    run()
    for what in ("spikes", "sent", "readouts"):
        assert total[what] > 1000, (what, total)
    assert total["saturations"] > 1000 or kind.bias < 1000, total


def test_what_the_last_sweep_gives_is_waited_for_after_a_long_silence() -> None:
    """100 events into one group of neurons: 400 cycles in which nothing can be seen."""
    need_verilator()
    kind = KINDS["8 lanes"]
    p = population("p", 3, fire=above(np.full(3, 40)))
    joined = dense(INPUT, "p", np.full((3, 100), 2), shift=-kind.fraction)
    net = network(100, [p], [joined])
    plan = planned(net, kind)
    c = core(plan, kind.parameters())
    counts, _ = compare(net, plan, c, np.ones((1, 4, 100), np.int64))
    c.close()
    assert counts["spikes"] > 0
