# SPDX-License-Identifier: Apache-2.0
"""Modules alone under cocotb, by Verilator and, as a second opinion, by Icarus."""

from pathlib import Path

import pytest
from tests.hdl import benches

CASES = [
    ("rv_fifo", "streams_tb", {"Width": 11, "DepthBits": 3}),
    ("rv_serialiser", "streams_tb", {"Lanes": 4, "LaneW": 2, "GroupW": 2, "AddressW": 4}),
    ("rv_readout", "streams_tb", {"Lanes": 4, "LaneW": 2}),
    ("rv_writer", "streams_tb", {"EventW": 6, "ListW": 4}),
    ("rv_reader", "streams_tb", {"EventW": 8, "AddressW": 5, "ListW": 4}),
    ("rv_ram", "memories_tb", {"Width": 12, "Part": 4, "AddressBits": 5, "Words": 20}),
    ("rv_weights", "memories_tb", {"Parts": 2, "AddressBits": 5, "Words": 32}),
    ("rv_spi", "spi_tb", {}),
]


@pytest.mark.parametrize("simulator", benches.SIMULATORS)
@pytest.mark.parametrize(("top", "module", "parameters"), CASES, ids=[c[0] for c in CASES])
def test_module(
    simulator: str, top: str, module: str, parameters: dict[str, object], tmp_path: Path
) -> None:
    benches.run(simulator, top, module, tmp_path, parameters)


def test_the_smallest_queue(tmp_path: Path) -> None:
    benches.run("icarus", "rv_fifo", "streams_tb", tmp_path, {"Width": 1, "DepthBits": 1})
