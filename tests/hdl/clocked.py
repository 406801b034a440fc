# SPDX-License-Identifier: Apache-2.0
"""What all cocotb benches share: a clock, a reset, and sampling between two rising edges."""

import json
import os
import random
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, ReadOnly


async def begin(dut: Any, **inputs: int) -> random.Random:
    """Start the clock, set inputs, reset; return the generator of the bench's seed."""
    Clock(dut.clk_i, 10, "ns").start()
    for name, value in inputs.items():
        getattr(dut, name).value = value
    await reset(dut)
    return random.Random(cocotb.RANDOM_SEED)


async def reset(dut: Any) -> None:
    """Reset for two cycles, where there is a reset."""
    if hasattr(dut, "rst_ni"):
        dut.rst_ni.value = 0
    await FallingEdge(dut.clk_i)
    await FallingEdge(dut.clk_i)
    if hasattr(dut, "rst_ni"):
        dut.rst_ni.value = 1


async def settle() -> None:
    """Wait until outputs follow the inputs that were set at the falling edge."""
    await ReadOnly()


async def tick(dut: Any) -> None:
    """Go on to the next falling edge, where inputs change."""
    await FallingEdge(dut.clk_i)


def parameter(name: str) -> int:
    """Return a parameter of the module."""
    return int(json.loads(os.environ["RANVIER_BENCH_PARAMETERS"])[name])


def signed(value: int, bits: int) -> int:
    """Return a word as a signed number."""
    return value - ((value >> (bits - 1)) << bits)
