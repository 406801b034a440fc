# SPDX-License-Identifier: Apache-2.0
"""cocotb benches of the modules with valid/ready streams: random gaps, back-pressure, resets."""

import random
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, ReadOnly

CYCLES = 3000


async def begin(dut: Any) -> random.Random:
    """Start the clock and reset; inputs change at the falling edge, between two rising ones."""
    Clock(dut.clk_i, 10, "ns").start()
    dut.valid_i.value = 0
    dut.ready_i.value = 0
    await reset(dut)
    return random.Random(cocotb.RANDOM_SEED)


async def reset(dut: Any) -> None:
    """Reset for two cycles."""
    dut.rst_ni.value = 0
    await FallingEdge(dut.clk_i)
    await FallingEdge(dut.clk_i)
    dut.rst_ni.value = 1


@cocotb.test()
async def queue_keeps_order(dut: Any) -> None:
    """Nothing is lost, doubled or changed: full, empty, and reset at any time."""
    rng = await begin(dut)
    waiting: list[int] = []
    full = passed = 0
    for cycle in range(CYCLES):
        eager = (cycle // 200) % 3  # fill, drain, both
        offered = rng.random() < (0.9, 0.2, 0.6)[eager]
        word = rng.getrandbits(len(dut.data_i))
        dut.valid_i.value, dut.data_i.value = int(offered), word
        dut.ready_i.value = int(rng.random() < (0.2, 0.9, 0.6)[eager])
        if rng.random() < 0.005:
            await reset(dut)
            waiting.clear()
            continue
        await ReadOnly()
        out = int(dut.valid_o.value) and int(dut.ready_i.value)
        if int(dut.valid_o.value):
            assert waiting and int(dut.data_o.value) == waiting[0]
        if out:
            waiting.pop(0)
            passed += 1
        if offered and int(dut.ready_o.value):
            waiting.append(word)
        full += not int(dut.ready_o.value)
        await FallingEdge(dut.clk_i)
    assert full > 100
    assert passed > 500
