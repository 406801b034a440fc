# SPDX-License-Identifier: Apache-2.0
"""What the core needs for an event and for a step, in cycles of the simulated clock."""

import pytest
from tests.hdl.cores import need_verilator
from tests.hdl.speeds import NEURONS, SOURCES, cycles, layer

from ranvier.targets.fpga.plan import Leak


@pytest.mark.parametrize(("lanes", "bits", "fold", "leak", "least"), [
    (8, 8, 1, "multiply", 7.6),
    (16, 4, 1, "multiply", 15.2),
    (16, 4, 1, "shift", 15.2),
    (16, 4, 4, "multiply", 15.2),
])  # fmt: skip
def test_a_step_and_an_event_take_no_more_cycles_than_promised(
    lanes: int, bits: int, fold: int, leak: Leak, least: float
) -> None:
    need_verilator()
    network = layer(bits)
    empty = cycles(network, lanes, bits, 0, fold, leak)
    assert empty <= NEURONS / lanes * fold + 4
    full = cycles(network, lanes, bits, SOURCES, fold, leak)
    print(
        f"{lanes} lanes: {empty} cycles a step, {SOURCES * NEURONS / full:.3f} operations a cycle"
    )
    assert SOURCES * NEURONS / full >= least
