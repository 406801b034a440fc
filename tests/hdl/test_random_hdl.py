# SPDX-License-Identifier: Apache-2.0
"""Random networks on simulated cores of several widths, with gaps and back-pressure."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cases import FULL
from tests.hdl.cores import compare, core, need_verilator
from tests.hdl.random_networks import KINDS, networks, planned


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
