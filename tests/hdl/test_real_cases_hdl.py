# SPDX-License-Identifier: Apache-2.0
"""The shared real cases on the simulated core, every sample of them: each spike, state, readout."""

import pytest
from tests.hdl.cores import compare, core, need_verilator
from tests.networks import data, model
from tests.networks import network as quantized

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


def test_a_convolutional_network_shares_its_weights() -> None:
    """Of a memory larger than any FPGA's would be, were they not."""
    need_verilator()
    found = quantized("d03_zero", bits=8)
    plan = lower(found, lanes=8)
    assert [(t.rows, t.unrolled) for t in plan.taken] == [
        (100, 512 * 2312), (288, 512 * 4096), (576, 64 * 4096),
    ]  # fmt: skip
    c = core(plan)
    test = data("d03_zero")[1]
    raw = prepare.raw_samples(found, test)
    counts, _ = compare(found, plan, c, raw)
    c.close()
    assert counts["spikes"] > 10000
    assert counts["sent"] > 100
