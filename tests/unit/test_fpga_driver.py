# SPDX-License-Identifier: Apache-2.0
"""The driver of the FPGA's core gives up on a core that is stuck, and says how it stands."""

from dataclasses import replace

import pytest

from ranvier.targets.fpga import driver, spi_map
from ranvier.targets.fpga.driver import Core, Layout, LinkError, crc

LAYOUT = Layout(
    signature=1, address_bits=8, value_bits=0, state_bits=16, lanes=8, weight_rows=16,
    weight_words=4,
)  # fmt: skip


class Stuck:
    """A core all of whose registers read 0 but STATUS: no room, nothing waits, no step ends."""

    def __init__(self) -> None:
        self.frames = 0

    def __call__(self, sent: bytes) -> bytes:
        if sent[0] & spi_map.FRAME_WRITE:
            self.frames += 1
            return bytes(len(sent))
        count = sent[1] + 1
        register = int.from_bytes(sent[2:4], "big")
        status = self.frames % 16 << spi_map.STATUS_FRAMES
        words = [status if register + k == spi_map.REG_STATUS else 0 for k in range(count)]
        body = b"".join(w.to_bytes(2, "big") for w in words)
        return bytes(8) + body + crc(body).to_bytes(2, "big")


def test_a_core_without_room_for_events_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "POLLS", 50)
    core = Stuck()
    with pytest.raises(LinkError, match=r"takes no events: status 0x0$"):
        Core(core, LAYOUT).step([(3, 1)])
    assert core.frames == 0


def test_a_core_that_ends_no_step_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "POLLS", 50)
    with pytest.raises(LinkError, match="doesn't end the step"):
        Core(Stuck(), LAYOUT).outputs()


def test_words_beyond_the_last_address_are_not_written() -> None:
    core = Stuck()
    with pytest.raises(LinkError, match="words from address 0xffff on have no address"):
        Core(core, LAYOUT).write(spi_map.SPACE_WEIGHTS, 0xFFFF, [1, 2])
    assert core.frames == 0


def test_a_page_is_turned_without_letting_half_a_network_run() -> None:
    """What CONTROL was told stays but for LOADED, which a written memory takes away."""
    core, sent = Stuck(), list[bytes]()

    def transfer(frame: bytes) -> bytes:
        if frame[0] & spi_map.FRAME_WRITE:
            sent.append(frame[:-2])
        return core(frame)

    big = replace(LAYOUT, weight_rows=1 << 15)
    c = Core(transfer, big)
    c.restart(trace=True)
    c.read(spi_map.SPACE_WEIGHTS, 1 << 16, 1)
    c.write(spi_map.SPACE_WEIGHTS, 1 << 16, [7])
    c.write(spi_map.SPACE_WEIGHTS, 3, [8])
    control = bytes((spi_map.FRAME_WRITE, 0)) + spi_map.REG_CONTROL.to_bytes(2, "big")
    told = [int.from_bytes(f[4:], "big") for f in sent if f.startswith(control)]
    loaded, run, trace = (
        1 << getattr(spi_map, f"CONTROL_{bit}") for bit in ("LOADED", "RUN", "TRACE")
    )
    restarted = loaded | run | trace | 1 << spi_map.CONTROL_RESTART
    assert told == [restarted, loaded | run | trace | 1 << 8, run | trace]
