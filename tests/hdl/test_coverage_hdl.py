# SPDX-License-Identifier: Apache-2.0
"""Random networks on a core that counts its lines for `tools/dev/hdl_coverage.py`."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.hdl import coverage
from tests.hdl.cores import compare, core, need_verilator
from tests.hdl.random_networks import KINDS, networks, planned
from tests.hdl.test_shared_hdl import convolving

from ranvier.targets.fpga.lower import lower


@pytest.mark.parametrize("name", ["1 lane", "4 lanes"])
def test_lines_that_run_are_counted(name: str, tmp_path: Path) -> None:
    need_verilator()
    kind, counts, ran = KINDS[name], tmp_path / "coverage.dat", []

    @settings(max_examples=25, phases=[Phase.generate])
    @given(st.data())
    def run(data: st.DataObject) -> None:
        network, raw = data.draw(networks(kind))
        plan = planned(network, kind)
        c = core(plan, kind.parameters(), counts)
        try:
            compare(network, plan, c, raw, data.draw(st.integers(0, 2**32 - 1)))
        finally:
            c.close()
        assert coverage.keep(counts) > 1000
        ran.append(network)

    run()
    assert len(ran) > 10


def test_lines_that_windows_run_are_counted(tmp_path: Path) -> None:
    need_verilator()
    net, counts = convolving(threshold=40), tmp_path / "coverage.dat"
    plan = lower(net, 4)
    c = core(plan, counts=counts)
    raw = np.random.default_rng(2).integers(0, 2, (2, 8, 364), np.int64)
    try:
        assert compare(net, plan, c, raw, stalls=3)[0]["spikes"] > 100
    finally:
        c.close()
    assert coverage.keep(counts) > 1000
