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
    ("rv_control", "control_tb", {"EventsW": 7, "Signature": 0xC0DE1234}),
    ("rv_outbox", "outbox_tb", {"Width": 9, "DepthBits": 5}),
    ("rv_sequencer", "sequencer_tb", {
        "Lanes": 8, "LaneW": 3, "Units": 4, "UnitW": 2, "StateW": 16, "FactorW": 16, "GroupW": 4,
        "AddressW": 4, "ValueW": 4, "EventW": 9, "ListW": 6, "ListWords": 13, "DelayW": 2,
        "WeightAW": 8, "RowAW": 4,
    }),
    ("rv_datapath", "datapath_tb", {
        "Lanes": 2, "Fold": 1, "Shifts": 0, "Lefts": 0, "WeightW": 8, "StateW": 16, "SumW": 20,
        "Frac": 2, "Strict": 1, "ResetValue": -5, "GroupW": 3, "Groups": 6,
    }),
    ("rv_datapath", "datapath_tb", {
        "Lanes": 8, "Fold": 4, "Shifts": 0, "Lefts": 0x3009, "WeightW": 4, "StateW": 16, "SumW": 20,
        "Frac": 2, "Strict": 1, "ResetValue": -5, "GroupW": 5, "Groups": 24,
    }),
    ("rv_datapath", "datapath_tb", {
        "Lanes": 2, "Fold": 1, "Shifts": 0x891E, "Lefts": 0x801, "WeightW": 8, "StateW": 16,
        "SumW": 20, "Frac": 2, "Strict": 1, "ResetValue": -5, "GroupW": 3, "Groups": 6,
    }),
    ("rv_window", "outbox_tb", {"Parts": 3, "RowBits": 5}),
]  # fmt: skip
KINDS = {(4, 0): " folded", (1, 0): "", (1, 0x891E): " that shifts"}
IDS = [top + KINDS[p.get("Fold", 1), p.get("Shifts", 0)] for top, _, p in CASES]


@pytest.mark.parametrize("simulator", benches.SIMULATORS)
@pytest.mark.parametrize(("top", "module", "parameters"), CASES, ids=IDS)
def test_module(
    simulator: str, top: str, module: str, parameters: dict[str, object], tmp_path: Path
) -> None:
    benches.run(simulator, top, module, tmp_path, parameters)


def test_the_smallest_queue(tmp_path: Path) -> None:
    benches.run("icarus", "rv_fifo", "streams_tb", tmp_path, {"Width": 1, "DepthBits": 1})
