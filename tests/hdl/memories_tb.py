# SPDX-License-Identifier: Apache-2.0
"""cocotb benches of the memories."""

from typing import Any

import cocotb
from tests.hdl.clocked import begin, parameter, settle, tick


@cocotb.test()
async def rv_ram_reads_what_was_written(dut: Any) -> None:
    """Parts are written apart; what was read stays while nothing is read."""
    rng = await begin(dut, we_i=0, re_i=0, waddr_i=0, raddr_i=0, wdata_i=0)
    words, width, parts = parameter("Words"), len(dut.wdata_i), len(dut.we_i)
    part = width // parts
    memory: dict[int, int] = {}
    shown, compared = None, 0
    for cycle in range(4000):
        fill = cycle < words
        we = (1 << parts) - 1 if fill else rng.getrandbits(parts)
        waddr, wdata = cycle % words if fill else rng.randrange(words), rng.getrandbits(width)
        raddr, re = rng.randrange(words), int(rng.random() < 0.7)
        re = re and raddr != waddr and raddr in memory
        for name, value in {"we_i": we, "waddr_i": waddr, "wdata_i": wdata, "re_i": re,
                            "raddr_i": raddr}.items():  # fmt: skip
            getattr(dut, name).value = int(value)
        await settle()
        if shown is not None:
            assert int(dut.rdata_o.value) == shown
            compared += 1
        await tick(dut)
        if re:
            shown = memory[raddr]
        mask = sum(((1 << part) - 1) << (k * part) for k in range(parts) if we >> k & 1)
        memory[waddr] = memory.get(waddr, 0) & ~mask | wdata & mask
    assert compared > 3000


@cocotb.test()
async def rv_weights_are_the_hosts_and_the_cores(dut: Any) -> None:
    """The host writes and reads while it has the memory, the core reads while it hasn't."""
    rng = await begin(dut, host_i=1, we_i=0, host_addr_i=0, raddr_i=0, wdata_i=0)
    words, parts = parameter("Words"), len(dut.we_i)
    memory, shown, read = [0] * words, None, {0: 0, 1: 0}
    for cycle in range(parts * words):
        dut.host_addr_i.value, dut.we_i.value = cycle // parts, 1 << cycle % parts
        word = rng.getrandbits(16)
        dut.wdata_i.value = word
        memory[cycle // parts] |= word << 16 * (cycle % parts)
        await tick(dut)
    dut.we_i.value = 0
    for _ in range(1000):
        host, at = rng.randrange(2), [rng.randrange(words) for _ in range(2)]
        dut.host_i.value, dut.host_addr_i.value, dut.raddr_i.value = host, at[1], at[0]
        await settle()
        assert shown is None or int(dut.rdata_o.value) == shown
        shown = memory[at[host]]
        read[host] += 1
        await tick(dut)
    assert min(read.values()) > 300
