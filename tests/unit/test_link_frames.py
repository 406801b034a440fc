# SPDX-License-Identifier: Apache-2.0
"""Frames of the link, and a client against a scripted device: no compiler, no board."""

import struct
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from cobs import cobs
from hypothesis import given
from hypothesis import strategies as st

from ranvier.errors import RanvierError
from ranvier.tools.link.client import Device
from ranvier.tools.link.frames import Command, Reply, Status, parse_reply, reply, request
from ranvier.tools.link.layout import HELLO_FIXED

SIGNATURE = bytes(range(32))
HELLO = HELLO_FIXED.pack(1, SIGNATURE, bytes(32), 2, 3, 1, 0, 64, 0) + b"\x03net"


class Script:
    """A stream that answers each request with what a function returns."""

    name = "script"

    def __init__(self, answer: Callable[[int, int, bytes], bytes]) -> None:
        self._answer = answer
        self._pending = b""
        self.requests: list[bytes] = []

    def write(self, data: bytes) -> None:
        for frame in data.split(b"\0"):
            if frame:
                body = cobs.decode(frame)[:-4]
                self.requests.append(body)
                self._pending += self._answer(body[0], body[1], body[2:])

    def read(self, timeout: float) -> bytes:
        data, self._pending = self._pending, b""
        return data

    def close(self) -> None:
        pass


def ok(command: int, sequence: int, payload: bytes = b"") -> bytes:
    return reply(Reply(command, sequence, Status.OK, payload))


def obedient(command: int, sequence: int, payload: bytes) -> bytes:
    if command == Command.HELLO:
        return ok(command, sequence, HELLO)
    if command == Command.STEP:
        outputs = 0 if payload[0] & 2 else len(payload) // 4
        return ok(command, sequence, struct.pack(f"<H{outputs}i", 1, *range(outputs)))
    return ok(command, sequence)


def device(answer: Callable[[int, int, bytes], bytes]) -> tuple[Device, Script]:
    script = Script(answer)
    return Device(script, timeout=0.05), script


@given(st.integers(0, 255), st.integers(0, 255), st.binary(max_size=600))
def test_request_survives_the_wire(command: int, sequence: int, payload: bytes) -> None:
    wire = request(command, sequence, payload)
    assert wire.index(b"\0") == len(wire) - 1
    frame = cobs.decode(wire[:-1])
    assert frame[:-4] == bytes((command, sequence)) + payload
    assert int.from_bytes(frame[-4:], "little") == zlib.crc32(frame[:-4])


def test_example_of_the_documentation() -> None:
    wire = request(Command.STEP, 1, b"\0" + struct.pack("<6h", 1, -2, 3, 400, -500, 32767))
    page = (Path(__file__).parents[2] / "docs/link-protocol.md").read_text()
    assert wire.hex(" ") in page and cobs.decode(wire[:-1]).hex(" ") in page


@given(st.integers(0, 127), st.integers(0, 255), st.integers(0, 255), st.binary(max_size=600))
def test_reply_survives_the_wire(command: int, sequence: int, status: int, payload: bytes) -> None:
    answer = Reply(command, sequence, status, payload)
    assert parse_reply(reply(answer)[:-1]) == answer


@given(st.binary(max_size=40), st.integers(min_value=0), st.integers(0, 7))
def test_flipped_bit_is_found(payload: bytes, at: int, bit: int) -> None:
    wire = bytearray(reply(Reply(3, 9, 0, payload))[:-1])
    wire[at % len(wire)] ^= 1 << bit
    assert parse_reply(bytes(wire)) is None


@given(st.binary(max_size=40))
def test_noise_is_no_reply(noise: bytes) -> None:
    assert parse_reply(noise) is None


def test_samples_are_split_over_frames_that_hold_them() -> None:
    client, script = device(obedient)
    client.hello(SIGNATURE)
    answer = client.step(np.arange(60).reshape(30, 2))
    steps = [body for body in script.requests if body[0] == Command.STEP]
    # 64 - 7 - 2 bytes of answer hold 13 outputs, 64 - 7 of request 14 steps.
    assert [len(body[3:]) // 4 for body in steps] == [13, 13, 4]
    assert b"".join(body[3:] for body in steps) == np.arange(60, dtype="<i2").tobytes()
    assert answer.outputs.shape == (30, 1)
    assert client.step(np.zeros((30, 2), int), outputs=False).outputs.shape == (0, 1)


def test_events_are_sorted() -> None:
    client, script = device(lambda c, s, p: ok(c, s, HELLO if c == 1 else bytes(6)))
    client.hello(SIGNATURE)
    client.step_events(np.array([1, 0]), np.array([-5, 7]))
    assert script.requests[-1][3:] == struct.pack("<HhHh", 0, 7, 1, -5)


@pytest.mark.parametrize(
    ("code", "text", "answer"),
    [
        ("L003", "no answer", lambda c, s, p: b""),
        ("L003", "no answer", lambda c, s, p: b"noise\0" * 3),
        ("L004", "shorter", lambda c, s, p: ok(c, s, HELLO[:-1])),
        ("L005", "network 00010203 .* not ffffffff",
         lambda c, s, p: reply(Reply(c, s, Status.WRONG_NETWORK, HELLO))),
        ("L006", "protocol 7",
         lambda c, s, p: reply(Reply(c, s, Status.WRONG_PROTOCOL, b"\x07\0"))),
        ("L007", "BAD_PAYLOAD", lambda c, s, p: reply(Reply(c, s, Status.BAD_PAYLOAD, b""))),
        ("L007", "CORRUPT", lambda c, s, p: reply(Reply(0x7F, 0, Status.CORRUPT, b""))),
    ],
)  # fmt: skip
def test_hello_error(code: str, text: str, answer: Callable[[int, int, bytes], bytes]) -> None:
    client, _ = device(answer)
    with pytest.raises(RanvierError, match=text) as error:
        client.hello(b"\xff" * 32)
    assert error.value.code == code


@pytest.mark.parametrize(
    ("code", "text", "answer"),
    [
        ("L003", "no answer to RESET", lambda c, s, p: b""),
        ("L004", "checksum", lambda c, s, p: b"noise\0"),
        ("L004", "frame 9", lambda c, s, p: ok(c, 9)),
        ("L007", "CORRUPT", lambda c, s, p: reply(Reply(0x7F, 0, Status.CORRUPT, b""))),
        ("L007", "status 77", lambda c, s, p: reply(Reply(c, s, 77, b""))),
    ],
)
def test_request_error(code: str, text: str, answer: Callable[[int, int, bytes], bytes]) -> None:
    client, _ = device(lambda c, s, p: ok(c, s, HELLO) if c == 1 else answer(c, s, p))
    client.hello(SIGNATURE)
    with pytest.raises(RanvierError, match=text) as error:
        client.reset()
    assert error.value.code == code


@pytest.mark.parametrize(
    "first",
    [b"", b"noise\0", reply(Reply(0x7F, 0, Status.CORRUPT, b"")), ok(3, 9, b"an old answer"),
     ok(2, 1)[:-3] + b"\0"],
)  # fmt: skip
def test_a_request_is_sent_again_until_it_is_answered(first: bytes) -> None:
    """Silence, noise, a request that arrived damaged, answers to others, half an answer."""
    said = iter([first, first])
    client, script = device(lambda c, s, p: ok(c, s, HELLO) if c == 1 else next(said, ok(c, s)))
    client.hello(SIGNATURE)
    client.reset()
    assert [body[:2] for body in script.requests] == [b"\x01\x00", *([b"\x02\x01"] * 3)]
    assert client.resent == 2


def test_an_answer_that_came_twice_is_not_the_next_one() -> None:
    client, _ = device(lambda c, s, p: ok(c, s, HELLO if c == 1 else bytes((s, 0, 0, 0, 0, 0))) * 2)
    client.hello(SIGNATURE)
    answers = [client.step(np.zeros((1, 2), int)).decoded for _ in range(300)]
    assert answers == [(1 + k) % 256 for k in range(300)]


def test_a_device_that_restarted_is_said_so() -> None:
    client, _ = device(
        lambda c, s, p: ok(c, s, HELLO) if c == 1 else reply(Reply(c, s, Status.NOT_READY, b""))
    )
    client.hello()  # names no network: the device is right to refuse
    with pytest.raises(RanvierError) as error:
        client.reset()
    assert error.value.code == "L007"
    client.hello(SIGNATURE)
    with pytest.raises(RanvierError, match="restarted before RESET") as error:
        client.reset()
    assert error.value.code == "L010"


def test_after_an_answer_that_never_came_only_hello_is_sent() -> None:
    """The next request, if equal to the lost one, would be answered without being executed."""
    silent = [False]
    client, script = device(
        lambda c, s, p: b"" if silent[0] else ok(c, s, HELLO if c == 1 else b"")
    )
    client.hello(SIGNATURE)
    silent[0] = True
    with pytest.raises(RanvierError) as error:
        client.reset()
    assert error.value.code == "L003"
    silent[0] = False
    sent = len(script.requests)
    with pytest.raises(RanvierError) as error:
        client.reset()
    assert error.value.code == "L012" and len(script.requests) == sent
    client.hello(SIGNATURE)
    client.reset()


def test_hello_ignores_what_an_earlier_session_left() -> None:
    stale = b"half a fra\0" + ok(3, 200, b"old") + reply(Reply(0x7F, 0, Status.CORRUPT, b""))
    client, _ = device(lambda c, s, p: stale + ok(c, s, HELLO))
    assert client.hello(SIGNATURE).name == "net"


@pytest.mark.parametrize(
    "raw",
    [np.zeros((0, 2), int), np.zeros((1, 3), int), np.zeros(2, int), np.zeros((1, 2)),
     np.full((1, 2), 40000)],
)  # fmt: skip
def test_samples_that_the_network_cannot_take(raw: np.ndarray) -> None:
    client, _ = device(obedient)
    client.hello(SIGNATURE)
    with pytest.raises(RanvierError) as error:
        client.step(raw)
    assert error.value.code == "L008"


def test_commands_before_hello_are_refused_here() -> None:
    client, script = device(obedient)
    with pytest.raises(RanvierError, match="HELLO") as error:
        client.reset()
    assert error.value.code == "L008" and not script.requests


class Chatter:
    """A port that never stops talking, and never says anything."""

    name = "chatter"

    def __init__(self, text: bytes) -> None:
        self._text = text

    def write(self, data: bytes) -> None:
        """Take anything."""

    def read(self, timeout: float) -> bytes:
        """Return text at once, for ever."""
        return self._text

    def close(self) -> None:
        """Nothing to give back."""


@pytest.mark.parametrize("text", [b"log line\n", b"log\0line\0"])
def test_a_port_that_never_stops_talking_does_not_hang(text: bytes) -> None:
    begin = time.monotonic()
    with pytest.raises(RanvierError) as caught:
        Device(Chatter(text), timeout=0.2).hello()
    assert caught.value.code == "L003"
    assert time.monotonic() - begin < 5
