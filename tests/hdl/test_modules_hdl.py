# SPDX-License-Identifier: Apache-2.0
"""Modules alone under cocotb, by Verilator and, as a second opinion, by Icarus."""

from pathlib import Path

import pytest
from tests.hdl.simulators import simulate


@pytest.mark.parametrize("simulator", ["verilator", "icarus"])
@pytest.mark.parametrize("depth_bits", [1, 3])
def test_queue(
    simulator: str, depth_bits: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parameters = {"Width": 11, "DepthBits": depth_bits}
    simulate(simulator, "rv_fifo", parameters, "streams_tb", tmp_path, monkeypatch)


@pytest.mark.parametrize("simulator", ["verilator", "icarus"])
def test_spi(simulator: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    simulate(simulator, "rv_spi", {}, "spi_tb", tmp_path, monkeypatch)
