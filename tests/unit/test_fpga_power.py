# SPDX-License-Identifier: Apache-2.0
"""Average power of an FPGA: every term of the formula, and its range."""

from dataclasses import replace

import pytest

from ranvier.energy.fpga import Load, average_power, fpga
from ranvier.targets.fpga.part import part
from ranvier.tools.families.fpga import text
from ranvier.tools.families.fpga.power import power

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


def test_a_clock_that_stops_between_steps_costs_its_share() -> None:
    load = replace(IDLE, steps_per_s=1000, gated=True)
    found = average_power(load, fpga("ice40up5k"))
    assert load.duty == pytest.approx(1 / 12)
    assert found.nominal == pytest.approx(130 + 52 + found.dynamic)


def test_a_build_tells_both_and_what_they_rest_on() -> None:
    cells = {"lc": {"used": 2000}, "dsp": {"used": 8}}
    cost = {"clock_hz": 12_000_000, "cycles_per_step_at_most": 1000}
    found = power(part("up5k"), cells, cost, 1e-3)
    assert found["busy"] == pytest.approx(1 / 12)
    assert found["always_on"]["nominal"] == pytest.approx(130 + 624 + 298.8, rel=1e-3)
    assert found["in_steps_alone"]["nominal"] == pytest.approx(130 + 52 + 298.8, rel=1e-3)
    for p in (found["always_on"], found["in_steps_alone"]):
        assert p["low"] < p["nominal"] < p["high"]
    assert set(found["coefficients"]) == {"static", "clock", "logic", "multiplier"}
    assert all(c["source"] and c["conditions"] for c in found["coefficients"].values())
    too_fast = power(part("up5k"), cells, cost, 1e-6)
    assert too_fast["always_on"] is too_fast["in_steps_alone"] is None
    assert "faster than they end" in text.power(too_fast)[0][1]
    assert "1053 uW, from " in text.power(found)[0][1]


def test_a_chip_whose_power_nobody_measured_gets_no_number() -> None:
    found = power(part("ulx3s"), {}, {}, 1e-3)
    assert found == {
        "unit": "uW", "missing": "no measured coefficients of an LFE5U-45F were found",
    }  # fmt: skip
    assert text.power(found) == [["not estimated", found["missing"]]]


def test_steps_that_overlap_are_refused() -> None:
    with pytest.raises(ValueError, match="does not end"):
        average_power(replace(IDLE, steps_per_s=12_001), fpga("ice40up5k"))
