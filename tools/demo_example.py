# SPDX-License-Identifier: Apache-2.0
"""The wearable example that every demonstration takes: its model, quantised, and its recordings."""

from importlib.resources import as_file, files

from ranvier.frontends.data import Data
from ranvier.tools.verbs.load import as_data
from ranvier.tools.verbs.quantize import Quantized, quantize

QUANTISES = "quantise the trained model (int8 weights, int16 states)"


def quantized() -> tuple[Quantized, Data]:
    """Return the example's network, calibrated, and the recordings that it is tested with."""
    with as_file(files("ranvier").joinpath("examples", "wearable_motion")) as folder:
        calib, test = as_data(folder / "motion_calib.npz"), as_data(folder / "motion_test.npz")
        return quantize(folder / "motion.nir", calib, data=test), test


def network_row(q: Quantized) -> list[str]:
    """Return the line of a page that says what the network is."""
    n = q.network
    return [
        "network", f"{n.encoding.channels}-{n.populations[0].size}-{n.output.size} LIF, "
        f"smartwatch accelerometer + gyroscope -> {', '.join(n.decode.classes)}",
    ]  # fmt: skip
