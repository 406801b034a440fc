# SPDX-License-Identifier: Apache-2.0
"""The link's C on this machine: whatever comes in, a refused frame changes nothing."""

import struct
from pathlib import Path

import numpy as np
import pytest
from cobs import cobs
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.link_build import (
    INT8,
    SIGNATURE,
    TestNet,
    build_host_library,
)

from ranvier.errors import RanvierError
from ranvier.tools.link.client import Device
from ranvier.tools.link.frames import Command, Reply, Status, parse_reply, request
from ranvier.tools.link.host import HostLibrary, HostLink
from ranvier.tools.link.layout import ASK_ONLY, DeviceInfo, State, Stats, hello_request
from ranvier.tools.link.streams import HostStream

MAX_FRAME = 1024
X = struct.pack("<6h", 1, -2, 3, 400, -500, 32767)
DENSE = b"\0" + X


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> HostLibrary:
    return HostLibrary(build_host_library(tmp_path_factory.mktemp("host")))


@pytest.fixture(scope="module")
def int8(tmp_path_factory: pytest.TempPathFactory) -> HostLibrary:
    return HostLibrary(build_host_library(tmp_path_factory.mktemp("int8"), *INT8))


class Peer:
    """One link that has said hello, driven frame by frame."""

    def __init__(self, library: HostLibrary, signature: bytes = SIGNATURE) -> None:
        self.link: HostLink = library.open_link()
        self.sequence = 0
        assert self.send(Command.HELLO, hello_request(signature)).status == Status.OK

    def raw(self, data: bytes) -> list[Reply]:
        answers = [parse_reply(part) for part in self.link.feed(data).split(b"\0")[:-1]]
        assert None not in answers
        return [answer for answer in answers if answer is not None]

    def one(self, data: bytes) -> Reply:
        answers = self.raw(data)
        assert len(answers) == 1
        return answers[0]

    def send(self, command: int, payload: bytes = b"") -> Reply:
        """Send in sequence; the answer must carry command and sequence back."""
        answer = self.one(request(command, self.sequence, payload))
        assert (answer.command, answer.sequence) == (command & 0x7F, self.sequence)
        if answer.status == Status.OK:
            self.sequence = (self.sequence + 1) % 256
        return answer

    def refuses(self, data: bytes, status: Status) -> Reply:
        """One answer, the right one, an untouched network, and the next frame still works."""
        before = self.link.state
        answer = self.one(data)
        assert answer.status_name == status.name
        assert self.link.state == before
        counted = Stats.parse(self.send(Command.STATS).payload)
        assert counted.frames_refused >= 1
        assert self.link.state == before
        return answer

    def runs(self, expected: TestNet) -> None:
        """One more step gives what a network that missed nothing gives."""
        label = expected.step(np.frombuffer(X, "<i2"))
        answer = self.send(Command.STEP, DENSE)
        assert answer.status == Status.OK
        assert answer.payload == struct.pack("<H2i", label, *expected.readout_v)


@given(st.binary(min_size=1, max_size=60).map(lambda b: b.replace(b"\0", b"\x01")))
def test_noise_is_corrupt(library: HostLibrary, noise: bytes) -> None:
    peer, net = Peer(library), TestNet()
    peer.runs(net)
    answer = peer.refuses(noise + b"\0", Status.CORRUPT)
    assert (answer.command, answer.sequence) == (0x7F, 0)
    peer.runs(net)


@given(st.integers(min_value=0), st.integers(1, 255), st.booleans())
def test_damaged_frame_is_corrupt(library: HostLibrary, at: int, mask: int, body: bool) -> None:
    peer, net = Peer(library), TestNet()
    peer.runs(net)
    frame = request(Command.STEP, peer.sequence, DENSE)[:-1]
    if body:  # the stuffing is intact, only the checksum can tell
        inner = bytearray(cobs.decode(frame))
        inner[at % len(inner)] ^= mask
        wire = cobs.encode(bytes(inner))
    else:
        outer = bytearray(frame)
        outer[at % len(outer)] ^= mask
        wire = bytes(outer).replace(b"\0", b"")  # a zero would end the frame
    peer.refuses(wire + b"\0", Status.CORRUPT)
    peer.runs(net)


@given(st.integers(1, 21))
def test_truncated_frame_is_corrupt(library: HostLibrary, kept: int) -> None:
    peer, net = Peer(library), TestNet()
    frame = request(Command.STEP, peer.sequence, DENSE)[:-1]
    assert len(frame) == 20
    wire = frame[:kept]
    if len(wire) < len(frame):
        peer.refuses(wire + b"\0", Status.CORRUPT)
    peer.runs(net)


@given(st.integers(0, 5), st.integers(0, 255))
def test_repeated_and_lost_frames(library: HostLibrary, n_steps: int, sequence: int) -> None:
    peer, net = Peer(library), TestNet()
    for _ in range(n_steps):
        peer.runs(net)
    if sequence == peer.sequence:
        return
    repeated = sequence == (peer.sequence - 1) % 256
    status = Status.REPEATED if repeated else Status.OUT_OF_SEQUENCE
    other = b"\x02" + X  # not what was accepted under that number
    answer = peer.refuses(request(Command.STEP, sequence, other), status)
    assert answer.payload == bytes((1 + n_steps,))
    peer.runs(net)


@given(st.lists(st.sampled_from([b"noise\0", b"\0", b"\x01" * 1500 + b"\0", b"wrong", b"old"])))
def test_a_step_sent_again_gets_its_answer_and_is_not_run_again(
    library: HostLibrary, between: list[bytes]
) -> None:
    """Its answer was lost, and whatever the line made of other tries came in between."""
    peer, net = Peer(library), TestNet()
    peer.runs(net)
    wire = request(Command.STEP, peer.sequence, DENSE)
    label = net.step(np.frombuffer(X, "<i2"))
    answer = peer.one(wire)
    assert answer.payload == struct.pack("<H2i", label, *net.readout_v)
    before = peer.link.state
    others = {
        b"wrong": request(Command.STEP, peer.sequence, b"\x02" + X),
        b"old": request(Command.STEP, peer.sequence - 1, DENSE),
    }
    for data in between:
        refused = peer.raw(others.get(data, data))
        assert all(reply.status != Status.OK for reply in refused)
        assert peer.one(wire) == answer
    assert peer.one(wire) == answer
    assert peer.link.state == before
    peer.sequence += 1
    peer.runs(net)


def test_a_step_after_a_refused_one_has_no_old_answer(library: HostLibrary) -> None:
    """The answer to the step before is gone once the next number was used, in vain or not."""
    peer = Peer(library)
    wire = request(Command.STEP, peer.sequence, DENSE)
    assert peer.one(wire).status == Status.OK
    peer.sequence += 1
    assert peer.send(Command.STEP, b"\0").status == Status.BAD_PAYLOAD
    assert peer.one(wire).status == Status.REPEATED


def test_sequence_wraps(library: HostLibrary) -> None:
    peer, net = Peer(library), TestNet()
    for _ in range(600):
        peer.runs(net)


@pytest.mark.parametrize("extra", [1, 2, 255, 3000])
def test_over_long_frame(library: HostLibrary, extra: int) -> None:
    peer, net = Peer(library), TestNet()
    peer.runs(net)
    for filler in (b"\x07", b"\0"):
        long = request(Command.STEP, peer.sequence, filler * (MAX_FRAME - 6 + extra))
        peer.refuses(long, Status.TOO_LONG)
    peer.runs(net)


def test_longest_frame_is_read(library: HostLibrary) -> None:
    peer = Peer(library)
    for filler in (b"\x07", b"\0"):
        wire = request(Command.STEP, peer.sequence, b"\x02" + filler * (MAX_FRAME - 7))
        peer.refuses(wire, Status.BAD_PAYLOAD)  # 1017 is no multiple of 12: it was read


@pytest.mark.parametrize(
    ("command", "payload"),
    [
        (Command.STEP, b""),
        (Command.STEP, b"\0"),
        (Command.STEP, b"\0" + X[:-1]),
        (Command.STEP, b"\0" + X + b"\0"),
        (Command.STEP, b"\x04" + X),
        (Command.STEP, b"\x80" + X),
        (Command.STEP, b"\x01" + struct.pack("<Hh", 6, 1)),
        (Command.STEP, b"\x01" + struct.pack("<HhHh", 2, 1, 2, 1)),
        (Command.STEP, b"\x01" + struct.pack("<HhHh", 3, 1, 2, 1)),
        (Command.STEP, b"\x01" + struct.pack("<Hhb", 3, 1, 2)),
        (Command.RESET, b"\0"),
        (Command.STATS, b"\0"),
        (Command.READ_STATE, b""),
        (Command.READ_STATE, struct.pack("<HBHH", 3, 0, 0, 1)),
        (Command.READ_STATE, struct.pack("<HBHH", 0, 2, 0, 1)),
        (Command.READ_STATE, struct.pack("<HBHH", 1, 1, 0, 1)),
        (Command.READ_STATE, struct.pack("<HBHH", 0, 0x81, 0, 1)),
        (Command.READ_STATE, struct.pack("<HBHH", 0, 0, 0, 7)),
        (Command.READ_STATE, struct.pack("<HBHH", 0, 0, 6, 1)),
        (Command.READ_STATE, struct.pack("<HBHH", 0, 0, 65535, 2)),
        (Command.HELLO, b""),
        (Command.HELLO, hello_request(SIGNATURE) + b"\0"),
    ],
)
def test_bad_payload(library: HostLibrary, command: Command, payload: bytes) -> None:
    peer, net = Peer(library), TestNet()
    peer.runs(net)
    peer.refuses(request(command, peer.sequence, payload), Status.BAD_PAYLOAD)
    peer.runs(net)


@pytest.mark.parametrize("command", [0, 7, 0x7F, 0x83, 0xFF, int(Command.EXIT)])
def test_unknown_command(library: HostLibrary, command: int) -> None:
    peer = Peer(library)
    peer.refuses(request(command, peer.sequence, b"\0"), Status.UNKNOWN)


def test_bare_delimiters_are_ignored(library: HostLibrary) -> None:
    peer, net = Peer(library), TestNet()
    assert peer.raw(b"\0" * 50) == []
    peer.runs(net)
    assert Stats.parse(peer.send(Command.STATS).payload).frames_refused == 0


def test_nothing_runs_before_hello(library: HostLibrary) -> None:
    link = library.open_link()
    elsewhere = {Command.EXIT, Command.START, Command.SAMPLES, Command.STOP}
    for command in set(Command) - {Command.HELLO, *elsewhere}:
        answer = parse_reply(link.feed(request(command, 0))[:-1])
        assert answer is not None and answer.status == Status.NOT_READY


@pytest.mark.parametrize("command", [Command.RESET, Command.STEP, Command.READ_STATE])
def test_a_question_does_not_unlock_the_network(library: HostLibrary, command: Command) -> None:
    peer = Peer(library, ASK_ONLY)
    peer.refuses(request(command, peer.sequence, DENSE), Status.NOT_READY)


def test_another_network_locks_until_the_right_hello(library: HostLibrary) -> None:
    peer, net = Peer(library), TestNet()
    peer.runs(net)
    wrong = request(Command.HELLO, 77, hello_request(b"\x01" * 32))
    answer = peer.refuses(wrong, Status.WRONG_NETWORK)
    assert DeviceInfo.parse(answer.payload).signature == SIGNATURE
    assert peer.send(Command.STEP, DENSE).status == Status.NOT_READY
    assert peer.send(Command.HELLO, hello_request(SIGNATURE)).status == Status.OK
    peer.runs(net)


def test_another_protocol(library: HostLibrary) -> None:
    peer, net = Peer(library), TestNet()
    answer = peer.refuses(request(Command.HELLO, 0, b"\x02\0what?"), Status.WRONG_PROTOCOL)
    assert answer.payload == b"\x01\0"
    peer.runs(net)


def test_hello_takes_any_sequence(library: HostLibrary) -> None:
    peer, net = Peer(library), TestNet()
    for sequence in (9, 9, 255, 0):
        peer.sequence = sequence
        assert peer.send(Command.HELLO, hello_request(SIGNATURE)).status == Status.OK
        peer.runs(net)


def samples(n: int) -> NDArray[np.int16]:
    return np.random.default_rng(n).integers(-3000, 3000, (n, 6)).astype(np.int16)


def assert_state(device: Device, net: TestNet) -> None:
    for name, what, expected in (
        ("hidden", State.MEMBRANE, net.hidden_v),
        ("hidden", State.SYNAPSE, net.hidden_syn),
        ("hidden", State.OUTPUT, net.spikes),
        ("count", State.MEMBRANE, net.count_v),
        ("count", State.OUTPUT, net.count_out),
        ("readout", State.MEMBRANE, net.readout_v),
        ("readout", State.OUTPUT, np.zeros(2, np.int16)),
    ):
        values = device.read_state(name, what)
        assert values.dtype == expected.dtype
        np.testing.assert_array_equal(values, expected)


def test_client_against_the_network_restated(library: HostLibrary) -> None:
    net = TestNet()
    with Device(HostStream(library)) as device:
        info = device.hello(SIGNATURE)
        assert (info.name, info.n_inputs, info.n_outputs) == ("testnet", 6, 2)
        x = samples(500)
        answer = device.step(x)
        labels = [net.step(row) for row in x]
        assert answer.outputs.shape == (500, 2) and net.spikes.any() and net.count_out.any()
        np.testing.assert_array_equal(answer.outputs[-1], net.readout_v)
        assert answer.decoded == labels[-1] and 0 < sum(labels) < 500
        assert_state(device, net)
        assert device.step(x, outputs=False).outputs.shape == (0, 2)
        for row in x:
            net.step(row)
        assert_state(device, net)
        assert device.stats().steps == 1000
        device.reset()
        net.reset()
        assert device.stats().steps == 0
        assert_state(device, net)


@given(st.sets(st.integers(0, 5)), st.integers(-32768, 32767))
def test_events_equal_the_dense_step(library: HostLibrary, where: set[int], value: int) -> None:
    with Device(HostStream(library)) as dense, Device(HostStream(library)) as events:
        for device in (dense, events):
            device.hello(SIGNATURE)
        for step in range(3):  # leftovers of one step would show in the next
            addresses = np.array(sorted(where, reverse=True), int)[step:]
            x = np.zeros((1, 6), np.int16)
            x[0, addresses] = value
            expected = dense.step(x)
            answer = events.step_events(addresses, np.full(len(addresses), value))
            np.testing.assert_array_equal(answer.outputs, expected.outputs)
            assert answer.decoded == expected.decoded


def test_outputs_must_fit_the_answer(int8: HostLibrary) -> None:
    peer, net = Peer(int8), TestNet()
    for n_steps, status in ((126, Status.OK), (127, Status.BAD_PAYLOAD)):
        answer = peer.send(Command.STEP, b"\0" + bytes(6) * n_steps)
        assert answer.status == status
        assert len(answer.payload) == (2 + 8 * n_steps if status == Status.OK else 0)
    answer = peer.send(Command.STEP, b"\2" + bytes(6) * 127)
    label = [net.step(np.zeros(6, np.int8)) for _ in range(126 + 127)][-1]
    assert answer.payload == struct.pack("<H", label)


def test_event_value_must_fit_the_input_type(int8: HostLibrary) -> None:
    peer = Peer(int8)
    for value in (-129, 128, -32768, 32767):
        wire = request(Command.STEP, peer.sequence, b"\x01" + struct.pack("<Hh", 0, value))
        peer.refuses(wire, Status.BAD_PAYLOAD)
    for value in (-128, 127):
        assert peer.send(Command.STEP, b"\x01" + struct.pack("<Hh", 0, value)).status == Status.OK


def test_client_names_both_networks(library: HostLibrary) -> None:
    with Device(HostStream(library)) as device, pytest.raises(RanvierError) as error:
        device.hello(b"\xab" * 32)
    assert error.value.code == "L005"
    assert "51604ed0" in error.value.what and "abababab" in error.value.what


def test_network_larger_than_a_frame_is_refused(tmp_path: Path) -> None:
    path = build_host_library(tmp_path, "-DRV_LINK_MAX_FRAME=100U")
    with pytest.raises(RanvierError, match="RV_LINK_MAX_FRAME") as error:
        HostLibrary(path)
    assert error.value.code == "L007"


def test_bulk_run_equals_steps_over_the_link(library: HostLibrary) -> None:
    x = samples(40).reshape(4, 10, 6)
    run = library.run(x, record=("v", "syn", "counts"))
    for sample, rows in enumerate(x):
        net = TestNet()
        for step, row in enumerate(rows):
            at = sample, step
            assert run.decoded[at] == net.step(row)
            np.testing.assert_array_equal(run.outputs[at], net.readout_v)
            np.testing.assert_array_equal(run.v["hidden"][at], net.hidden_v)
            np.testing.assert_array_equal(run.syn["hidden"][at], [net.hidden_syn])
            np.testing.assert_array_equal(run.counts["hidden"][at], net.spikes)
            np.testing.assert_array_equal(run.v["count"][at], net.count_v)
            np.testing.assert_array_equal(run.counts["count"][at], net.count_out)
            np.testing.assert_array_equal(run.v["readout"][at], net.readout_v)
    assert library.run(x).v == {}
    assert run.counts["hidden"].any()
