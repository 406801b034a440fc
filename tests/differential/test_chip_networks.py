# SPDX-License-Identifier: Apache-2.0
"""Networks in a chip's numerics, on the loudest input that they allow: C == the golden model."""

from pathlib import Path

import nir
import numpy as np
import pytest
from tests.kernel_build import Kernels, compare
from tests.quantize.test_numerics import CHIPS, HIDDEN, quantised
from tests.unit.nets import DT, li, read, weights, write_graph

from ranvier import connections, reference

CHANNELS = 100
ONE = np.ones(HIDDEN)


@pytest.mark.parametrize(("chip", "options"), CHIPS)
@pytest.mark.parametrize("tau", [10, 50])
def test_input_far_beyond_the_calibration(
    tmp_path: Path, kernels: Kernels, chip: str, options: dict[str, str], tau: int
) -> None:
    """Spikes were calibrated on; 255 of them at a time wrap, fill and saturate what there is."""
    rng = np.random.default_rng(0)
    nodes = {
        "fc1": nir.Linear(weights(HIDDEN, CHANNELS, 5)),
        "hid": nir.CubaLIF(tau * DT * ONE, 16 * DT * ONE, 8 * ONE, 0 * ONE, ONE, 0 * ONE, 2 * ONE),
        "fc2": nir.Linear(weights(2, HIDDEN, 6)),
        "out": li(2),
    }
    model = read(write_graph(tmp_path / "m.nir", (CHANNELS,), 2, nodes, dt=DT), **options)
    calib = (rng.random((8, 100, CHANNELS)) < 0.02).astype(np.uint8)
    network = quantised(model, chip, calib)
    loud = np.zeros((2, 100, CHANNELS), np.uint8)
    towards = connections.matrix(network.projections[0].connection)[0]
    loud[0, :30] = 255 * (towards > 0)
    loud[1, :30] = 255 * (towards < 0)
    compare(kernels, network, loud)
    assert sum(reference.simulate(network, loud).saturations.values()) > 30
