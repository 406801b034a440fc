# SPDX-License-Identifier: Apache-2.0
"""cocotb bench of the chip, rv_up5k: the driver at its pins, with nothing else to be seen."""

import json
import os
from pathlib import Path
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.task import bridge, resume
from cocotb.triggers import Timer
from tests.hdl.spi_host import CLOCK, Host

from ranvier.targets.fpga.driver import Core, Layout

PINS = {"cs_ni": "cs_n", "sck_i": "sck", "mosi_i": "mosi", "miso_o": "miso"}


class Board:
    """The chip's pins under the names of rv_top's."""

    def __init__(self, dut: Any) -> None:
        self._dut = dut

    def __getattr__(self, name: str) -> Any:
        return getattr(self._dut, PINS[name])


@cocotb.test()
async def a_network_runs_on_the_chip(dut: Any) -> None:
    """Weights are loaded and read back; then it spikes as the golden model does."""
    case = json.loads(Path(os.environ["RANVIER_HDL_CASE"]).read_text())
    Clock(dut.clk, CLOCK, "ps").start()
    host = Host(Board(dut), half=2 * CLOCK + 4321)
    await Timer(20 * CLOCK, "ps")

    @resume
    async def transfer(sent: bytes) -> bytes:
        return await host.transfer(sent)

    @bridge
    def run() -> None:
        c = Core(transfer, Layout(**case["layout"]))
        c.load(case["weights"])
        for events, spikes in case["steps"]:
            assert c.step(events)[0] == spikes

    await run()
