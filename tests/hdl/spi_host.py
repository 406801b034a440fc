# SPDX-License-Identifier: Apache-2.0
"""A host at the pins of a simulated design: SPI mode 0 at any phase to the clock."""

from typing import Any

from cocotb.triggers import Timer

CLOCK = 40_000  # ps


class Host:
    """Drives sck_i, mosi_i and cs_ni.

    Parameters
    ----------
    half
        Half a period of SCK in ps: at least two of the clock.
    """

    def __init__(self, dut: Any, half: int = 2 * CLOCK) -> None:
        self._dut, self.half = dut, half
        dut.cs_ni.value, dut.sck_i.value, dut.mosi_i.value = 1, 0, 0

    async def transfer(self, sent: bytes, bits: int | None = None, gap: int = 80) -> bytes:
        """Pass a frame, or its first `bits`, and a pause of `gap` clocks; return what came back."""
        dut, got = self._dut, 0
        count = 8 * len(sent) if bits is None else bits
        word = int.from_bytes(sent, "big") << 32
        dut.cs_ni.value = 0
        await Timer(4 * CLOCK, "ps")
        for k in range(count):
            dut.mosi_i.value = word >> (8 * len(sent) + 31 - k) & 1
            await Timer(self.half, "ps")
            got = got << 1 | (int(dut.miso_o.value) if dut.miso_o.value.is_resolvable else 0)
            dut.sck_i.value = 1
            await Timer(self.half, "ps")
            dut.sck_i.value = 0
        await Timer(4 * CLOCK, "ps")
        dut.cs_ni.value = 1
        await Timer(gap * CLOCK, "ps")
        return got.to_bytes(max(1, -(-count // 8)), "big")
