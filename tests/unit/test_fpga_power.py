# SPDX-License-Identifier: Apache-2.0
"""Average power of an FPGA: every term of the formula, and its range."""

from dataclasses import replace

import pytest

from ranvier.energy.fpga import Load, average_power, fpga

IDLE = Load(clock_hz=12e6, cells=2000, multipliers=8, cycles=1000, steps_per_s=0)


def test_without_steps_it_draws_what_it_draws_at_rest_and_the_clock() -> None:
    found = average_power(IDLE, fpga("ice40up5k"))
    assert found.nominal == pytest.approx(130 + 12 * 52)
    assert found.dynamic == 0
    assert found.low < found.nominal < found.high


def test_steps_cost_what_their_cells_and_products_do() -> None:
    found = average_power(replace(IDLE, steps_per_s=1000), fpga("ice40up5k"))
    # 1e6 cycles a second, each 2000 x 0.053 + 8 x 24.1 pJ
    assert found.dynamic == pytest.approx(2000 * 0.053 + 8 * 24.1)
    assert found.nominal == pytest.approx(130 + 12 * 52 + found.dynamic)


def test_steps_that_overlap_are_refused() -> None:
    with pytest.raises(ValueError, match="does not end"):
        average_power(replace(IDLE, steps_per_s=12_001), fpga("ice40up5k"))
