# SPDX-License-Identifier: Apache-2.0
"""cocotb bench of rv_spi: whole frames are carried out, whatever isn't one is not."""

import random
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, First, RisingEdge, Timer, ValueChange
from tests.hdl.spi_host import CLOCK, Host

from ranvier.targets.fpga.driver import crc, read_frame, write_frame

ERRORS = ("command_o", "frame_o", "crc_o", "refused_o")


class Seen:
    """What the module does: words written, frames done, errors; and answers to what it asks."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self.written: list[tuple[int, ...]] = []
        self.counts = dict.fromkeys((*ERRORS, "done_o"), 0)

    def watch(self) -> None:
        for name in ("valid_o", *self.counts):
            cocotb.start_soon(self._pulses(name))
        cocotb.start_soon(self._answers())

    async def _pulses(self, name: str) -> None:
        """Count the clocks in which a signal is high; between pulses nothing is to be done."""
        dut, signal = self.dut, getattr(self.dut, name)
        while True:
            await RisingEdge(signal)
            await FallingEdge(dut.clk_i)
            while int(signal.value) and int(dut.rst_ni.value):
                if name == "valid_o":
                    word = dut.space_o, dut.address_o, dut.data_o
                    self.written.append(tuple(int(part.value) for part in word))
                else:
                    self.counts[name] += 1
                await FallingEdge(dut.clk_i)

    async def _answers(self) -> None:
        space, address = self.dut.space_o, self.dut.address_o
        while True:
            self.dut.data_i.value = answer(int(space.value), int(address.value))
            await First(ValueChange(space), ValueChange(address))

    def take(self) -> tuple[list[tuple[int, ...]], dict[str, int]]:
        written, self.written = self.written, []
        counts = {name: n for name, n in self.counts.items() if n}
        self.counts = dict.fromkeys(self.counts, 0)
        return written, counts


def answer(space: int, address: int) -> int:
    """Return what stands at an address."""
    return (address * 40503 + space * 257 + 0x1234) & 0xFFFF


async def begin(dut: Any) -> tuple[random.Random, Seen, Host]:
    rng = random.Random(cocotb.RANDOM_SEED)
    Clock(dut.clk_i, CLOCK, "ps").start()
    dut.rst_ni.value, dut.refuse_i.value, dut.data_i.value = 0, 0, 0
    host, seen = Host(dut), Seen(dut)
    await Timer(3 * CLOCK, "ps")
    dut.rst_ni.value = 1
    seen.watch()
    await Timer(8 * CLOCK + rng.randrange(CLOCK), "ps")
    return rng, seen, host


def random_write(rng: random.Random) -> tuple[bytes, list[tuple[int, ...]]]:
    """Return a frame, and what it does."""
    space, start = rng.choice((0, 1, 4, 5, 6)), rng.getrandbits(16)
    words = [rng.getrandbits(16) for _ in range(rng.choice((1, 2, 3, 64)))]
    done: list[tuple[int, ...]] = [
        (space, (start + k) & 0xFFFF, word) for k, word in enumerate(words)
    ]
    return write_frame(space, start, words), done


@cocotb.test()
async def whole_frames_are_carried_out(dut: Any) -> None:
    """Writes and reads at every ratio from 4 on, at any phase."""
    rng, seen, host = await begin(dut)
    for _ in range(8):
        host.half = rng.choice((2 * CLOCK, 2 * CLOCK + rng.randrange(3 * CLOCK)))
        await Timer(rng.randrange(CLOCK), "ps")
        frame, done = random_write(rng)
        got = await host.transfer(frame)
        assert int.from_bytes(got[:2], "big") == answer(0, 0)
        assert got[2:] == frame[:-2], "what comes in goes out a word later"
        assert seen.take() == (done, {"done_o": 1})
        space, start, count = rng.choice((0, 1, 2, 3)), rng.getrandbits(16), rng.choice((1, 2, 64))
        got = (await host.transfer(read_frame(space, start, count)))[8:]
        wanted = b"".join(
            answer(space, (start + k) & 0xFFFF).to_bytes(2, "big") for k in range(count)
        )
        assert got == wanted + crc(wanted).to_bytes(2, "big")
        assert seen.take() == ([], {})


@cocotb.test()
async def what_is_not_a_whole_frame_does_nothing(dut: Any) -> None:
    """Chip select lifted at any bit, or too late; bits flipped; unknown commands; refusals."""
    rng, seen, host = await begin(dut)
    for _ in range(8):
        frame, _ = random_write(rng)
        if len(frame) > 30 and rng.random() < 0.9:
            continue
        await host.transfer(frame, rng.randrange(1, 8 * len(frame)))
        written, counts = seen.take()
        assert (written, counts) in (([], {"frame_o": 1}), ([], {"command_o": 1}))
        assert counts == {"frame_o": 1}
        await host.transfer(frame + bytes(4), 8 * len(frame) + rng.randrange(1, 33))
        assert seen.take() == ([], {"frame_o": 1})
        wrong = int.from_bytes(frame, "big") ^ 1 << rng.randrange(8 * len(frame) - 16)
        await host.transfer(wrong.to_bytes(len(frame), "big"))
        written, counts = seen.take()
        assert not written and counts and "done_o" not in counts, counts
        await host.transfer(frame[:-1] + bytes((frame[-1] ^ 1 << rng.randrange(8),)))
        assert seen.take() == ([], {"crc_o": 1})
        for space, flags in ((2, 0x80), (7, 0x80), (4, 0), (7, 0), (0, 0x88), (0, 0x10)):
            body = bytes((space | flags, 0, 0, 0, 1, 2))
            await host.transfer(body + crc(body).to_bytes(2, "big") + bytes(8))
            assert seen.take() == ([], {"command_o": 1}), (space, flags)
        body = bytes((0x81, 0x40, 0, 0)) + bytes(2 * 65)
        await host.transfer(body + crc(body).to_bytes(2, "big"))
        assert seen.take() == ([], {"command_o": 1})
        dut.refuse_i.value = 1
        await host.transfer(frame)
        assert seen.take() == ([], {"refused_o": 1})
        got = (await host.transfer(read_frame(1, 7, 3)))[8:]
        assert seen.take() == ([], {"refused_o": 1})
        assert crc(got[:-2]) != int.from_bytes(got[-2:], "big")
        dut.refuse_i.value = 0
        await host.transfer(b"", 0)
        assert seen.take() == ([], {}), "a pulse of chip select alone is no frame"
        frame, done = random_write(rng)
        await host.transfer(frame)
        assert seen.take() == (done, {"done_o": 1}), "and the next one is carried out"


@cocotb.test()
async def a_frame_that_begins_too_early_disturbs_nothing(dut: Any) -> None:
    """The one before it is carried out; it isn't, and is an error."""
    rng, seen, host = await begin(dut)
    for gap in (8, 20, 50):
        words = [rng.getrandbits(16) for _ in range(64)]
        await host.transfer(write_frame(1, 100, words), gap=gap)
        await host.transfer(write_frame(2, 0, [1]))
        done = [(1, 100 + k, word) for k, word in enumerate(words)]
        assert seen.take() == (done, {"done_o": 1, "frame_o": 1})


@cocotb.test()
async def a_reset_at_any_time_ends_a_frame(dut: Any) -> None:
    """What is left of a frame is none, and the next frame is a whole one."""
    rng, seen, host = await begin(dut)
    for _ in range(8):
        frame, _ = random_write(rng)
        whole = cocotb.start_soon(host.transfer(frame))
        await Timer(rng.randrange(1, 8 * len(frame)) * 2 * host.half, "ps")
        dut.rst_ni.value = 0
        await Timer(2 * CLOCK, "ps")
        dut.rst_ni.value = 1
        await whole
        assert seen.take() == ([], {})
        frame, done = random_write(rng)
        await host.transfer(frame)
        assert seen.take() == (done, {"done_o": 1})
