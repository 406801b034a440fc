# SPDX-License-Identifier: Apache-2.0
"""The shared real cases on the simulated core, every sample of them: each spike, state, readout."""

import pytest
from tests.hdl.cores import compare, core, need_verilator
from tests.networks import data, model

from ranvier.quantize.formats import Formats
from ranvier.quantize.ptq import quantize_model
from ranvier.targets.fpga.lower import lower
from ranvier.tools.verbs import prepare


@pytest.mark.parametrize(
    ("name", "lanes"),
    [
        ("d02_zero", 8), ("d02_subtract", 16), ("d05_direction", 8), ("d05_velocity", 4),
        ("d06", 8), ("d07", 8),
    ],
)  # fmt: skip
def test_the_core_equals_the_golden_model(name: str, lanes: int) -> None:
    need_verilator()
    calibration, test = data(name)
    network = quantize_model(model(name), calibration, Formats(weights=8))
    plan = lower(network, lanes=lanes)
    c = core(plan)
    counts, _ = compare(network, plan, c, prepare.raw_samples(network, test))
    c.close()
    assert counts["spikes"] > 100
    assert counts["states"] > 1000
