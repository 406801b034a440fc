# SPDX-License-Identifier: Apache-2.0
"""cocotb bench of rv_top: the driver at its pins, with SCK at any phase to the clock."""

import json
import os
import random
from pathlib import Path
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.task import bridge, resume
from cocotb.triggers import Timer
from tests.hdl.spi_host import CLOCK, Host

from ranvier.targets.fpga.driver import Core, Layout


@cocotb.test()
async def a_network_runs_through_the_pins(dut: Any) -> None:
    """Load, run, reset in the middle of a frame, run again: the spikes of the golden model."""
    case = json.loads(Path(os.environ["RANVIER_HDL_CASE"]).read_text())
    rng = random.Random(cocotb.RANDOM_SEED)
    Clock(dut.clk_i, CLOCK, "ps").start()
    host = Host(dut, half=2 * CLOCK + 4321)

    async def reset() -> None:
        dut.rst_ni.value = 0
        await Timer(3 * CLOCK, "ps")
        dut.rst_ni.value = 1
        await Timer(8 * CLOCK, "ps")

    @resume
    async def transfer(sent: bytes) -> bytes:
        if rng.random() < 0.1:
            await host.transfer(sent, rng.randrange(1, 8 * len(sent)))
        return await host.transfer(sent)

    @resume
    async def reset_in_a_frame() -> None:
        frame = cocotb.start_soon(host.transfer(bytes((0x84, 0, 0, 0, 0, 1, 2, 3))))
        await Timer(rng.randrange(64) * 2 * host.half, "ps")
        await reset()
        await frame

    @bridge
    def run() -> None:
        c = Core(transfer, Layout(**case["layout"]))
        c.identify()
        c.load(**case["memories"])
        for _ in range(2):
            for events, spikes in case["steps"]:
                assert c.step(events)[0] == spikes
            reset_in_a_frame()
            c.restart()

    await reset()
    await run()
