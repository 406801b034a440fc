# SPDX-License-Identifier: Apache-2.0
"""cocotb benches of what stands between a host's frames and memories: outbox and window."""

from typing import Any

import cocotb
from tests.hdl.clocked import begin, parameter, reset, settle, tick


@cocotb.test()
async def rv_outbox_loses_nothing_that_is_not_taken(dut: Any) -> None:
    """Answers begin again, are given up, go past the end; what the last one read is taken."""
    rng = await begin(dut, data_i=0, valid_i=0, begin_i=0, next_i=0, take_i=0)
    words = 1 << parameter("DepthBits")
    held: list[int] = []  # not yet taken
    at, taken, full, again = 0, 0, 0, 0  # words read of them

    async def idle(cycles: int) -> None:
        """Words come while the host's SPI shifts."""
        nonlocal full
        for _ in range(cycles):
            comes = len(held) < words and rng.random() < rates[0]
            dut.valid_i.value, dut.data_i.value = int(comes), rng.getrandbits(len(dut.data_i))
            await settle()
            if comes:
                held.append(int(dut.data_i.value))
            await tick(dut)
        dut.valid_i.value = 0
        await tick(dut)
        await settle()
        assert int(dut.level_o.value) == len(held)
        assert int(dut.crowded_o.value) == (len(held) >= words - 8)
        full += len(held) == words
        await tick(dut)

    async def pulse(name: str) -> None:
        getattr(dut, name).value = 1
        await tick(dut)
        getattr(dut, name).value = 0

    for k in range(600):
        rates = [(0.02, 0.3)[k // 40 % 2]]
        await pulse("begin_i")
        again, at = again + (at > 0), 0
        for _ in range(rng.choice((0, 1, 5, words + 3))):
            await idle(rng.randrange(4, 10))
            if at < len(held):
                await settle()
                assert int(dut.data_o.value) == held[at], "the oldest that wasn't read"
                await tick(dut)
                at += 1
            await pulse("next_i")
        await idle(3)
        if rng.random() < 0.6:
            await pulse("take_i")
            taken += at
            del held[:at]
            at = 0
        await idle(rng.randrange(3, 12))
        if rng.random() < 0.02:
            await reset(dut)
            held.clear()
            at = 0
    assert taken > 500 and full > 20 and again > 50, (taken, full, again)


@cocotb.test()
async def rv_window_finds_a_words_row_and_part(dut: Any) -> None:
    """Of every address; beyond the memory, and where a row is padded, nothing is written."""
    from cocotb.triggers import Timer

    parts, row_bits = parameter("Parts"), parameter("RowBits")
    padded, rows, seen = 1 << (parts - 1).bit_length(), 1 << row_bits, 0
    far = (at << 16 | k for at in (1, 2, 128, 255) for k in range(2 * padded * rows))
    for address in (*range(1 << 16), *far):
        if 2 * padded * rows <= address < 1 << 16 and address % 61:
            continue
        for we in (0, 1):
            dut.we_i.value, dut.address_i.value = we, address
            await Timer(1, "ns")
            row, part = divmod(address, padded)
            inside = we and row < rows and part < parts
            assert int(dut.we_o.value) == (1 << part if inside else 0), address
            assert not inside or int(dut.row_o.value) == row
            seen += inside
    assert seen == parts * rows
