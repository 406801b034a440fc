# SPDX-License-Identifier: Apache-2.0
"""Networks that run free on emulated boards: bit-exact, asleep between ticks, honest when late."""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.emulated.test_safe import HANG, STUCK, X
from tests.link_build import SIGNATURE, TestNet, build_board
from tests.needs import need_program
from tests.networks import data, network

from ranvier.bounds import samples_per_step
from ranvier.errors import RanvierError
from ranvier.ir import Network
from ranvier.reference import simulate
from ranvier.targets.mcu.board import NAMES, board
from ranvier.tools.flash.qemu import Emulator
from ranvier.tools.link.client import Device
from ranvier.tools.link.frames import EVENT, parse_reply
from ranvier.tools.link.live import Answer, Flag, Source
from ranvier.tools.link.streams import SerialStream
from ranvier.tools.verbs import prepare
from ranvier.tools.verbs.compile import compile
from ranvier.tools.verbs.live import answers_of, live
from ranvier.tools.verbs.verify import verify

BOARDS = (
    "qemu-microbit", "qemu-mps2-an385", "qemu-mps2-an386", "qemu-mps2-an500", "qemu-mps2-an505",
    "qemu-mps3-an547", "qemu-riscv32",
)  # fmt: skip
SOME = ("qemu-microbit", "qemu-mps2-an386", "qemu-mps3-an547", "qemu-riscv32")
WATCHED = [name for name in BOARDS if board(name).watchdog]
SLOW = 105  # the first of the samples: a step of more than one tick, and less than two
FAULTS = ("-DRV_TEST_FAULTS", "-Wno-infinite-recursion")


@pytest.fixture(scope="module", params=BOARDS)
def image(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    need_program(board(request.param).emulator, board(request.param).emulator_package)
    return build_board(tmp_path_factory.mktemp(request.param), name=request.param)


def board_of(image: Path) -> str:
    return next(name for name in BOARDS if image.parent.name.startswith(name))


@pytest.fixture
def device(image: Path) -> Iterator[Device]:
    with Emulator(image, board_of(image)) as emulator, Device(SerialStream(emulator.url)) as device:
        device.hello(SIGNATURE)
        yield device


def samples(n: int) -> np.ndarray:
    return np.random.default_rng(n).integers(-3000, 3000, (n, 6)).astype(np.int16)


def collect(device: Device) -> list[Answer]:
    """Return the answers up to the last."""
    found: list[Answer] = []
    while not found or not found[-1].flags & Flag.LAST:
        answer = device.answer(5.0)
        assert answer is not None
        found.append(answer)
    return found


def golden(net: Network, raw: np.ndarray, steps: int) -> list[int]:
    """Return the class after each step; raw is (samples of time, channels)."""
    each = samples_per_step(net.encoding)
    runs = (simulate(net, raw[None, : each * (k + 1)], keep=()) for k in range(steps))
    return [int(run.classes[0]) for run in runs]


@pytest.mark.parametrize("name", SOME)
def test_what_runs_free_is_the_golden_model(name: str, tmp_path: Path) -> None:
    """The example's decoder at its own dt, its recordings sent ahead; then it can be asked."""
    need_program(board(name).compiler, board(name).package)
    need_program("qemu-system-arm", "qemu-system-arm")
    net, steps, seen = network("motion"), 80, set()
    build = compile(net, name, tmp_path / "b").build
    with Emulator(build.image, name) as emulator, Device(SerialStream(emulator.url)) as device:
        device.hello(build.signature)
        for _, raw, _ in prepare.raw_batches(net, data("motion")[1].first(6)):
            for sample in raw:
                device.reset()
                assert device.supply(sample[:steps])[0] == steps
                period = device.start(count=steps)
                assert period == round(net.dt * device.info.tick_hz)
                answers = collect(device)
                assert [a.decoded for a in answers] == golden(net, sample, steps)
                assert [a.step for a in answers] == list(range(1, steps + 1))
                assert all(a.flags in (Flag(0), Flag.LAST) for a in answers)
                seen |= {a.decoded for a in answers}
                device.stop()
        assert len(seen) > 1
        assert device.info.tick_hz / period == pytest.approx(1 / net.dt)
    assert verify(build, data("motion")[1].first(1)).mismatches == 0


@pytest.mark.parametrize("name", SOME)
def test_a_stream_in_time_loses_nothing(name: str, tmp_path: Path) -> None:
    """More steps than the device has room for, sent while it runs; five seconds of them."""
    need_program("qemu-system-arm", "qemu-system-arm")
    net, x = TestNet(), samples(100)
    image = build_board(tmp_path, name=name)
    with (
        Emulator(image, name, in_time=True) as emulator,
        Device(SerialStream(emulator.url)) as device,
    ):
        device.hello(SIGNATURE)
        assert device.supply(x)[0] < len(x)
        device.stop()
        begin = time.monotonic()
        assert answers_of(device, x, 0.05) == [net.step(row) for row in x]
        assert time.monotonic() - begin > 0.9 * len(x) * 0.05, "it waits for its ticks"
        assert device.stop().steps == len(x)
        np.testing.assert_array_equal(device.read_state("readout"), net.readout_v)


def test_between_ticks_the_core_sleeps(device: Device) -> None:
    """A core that asks again and again instead would do so thousands of times a tick."""
    device.supply(samples(40))
    device.start(count=40)
    collect(device)
    counts = device.stop()
    assert counts.ticks == counts.steps == 40
    assert 40 <= counts.sleeps <= 80, "one a tick, and a few for bytes"


def test_without_a_sample_there_is_no_decision_and_no_step(device: Device) -> None:
    net, x = TestNet(), samples(6)
    device.supply(x[:5])
    device.start(count=9)
    answers = collect(device)
    assert [a.decoded for a in answers] == [*(net.step(row) for row in x[:5]), *4 * [None]]
    assert all(a.flags & Flag.MISSED for a in answers[5:])
    counts = device.stop()
    assert (counts.ticks, counts.steps, counts.missed, counts.lost) == (9, 5, 4, 0)
    assert device.step(x[5:]).decoded == net.step(x[5]), "the network has waited"


@pytest.mark.parametrize("name", SOME)
def test_steps_that_take_longer_than_a_tick_say_so(name: str, tmp_path: Path) -> None:
    need_program("qemu-system-arm", "qemu-system-arm")
    net, x = TestNet(), samples(20)
    x[:, 0] = SLOW
    image = build_board(tmp_path, *FAULTS, name=name)
    with Emulator(image, name) as emulator, Device(SerialStream(emulator.url)) as device:
        device.hello(SIGNATURE)
        device.supply(x)
        device.start(count=50)
        answers = collect(device)
        counts = device.stop()
    decided = [a for a in answers if a.decoded is not None]
    assert [a.decoded for a in decided] == [net.step(row) for row in x]
    assert all(a.flags & Flag.LATE for a in decided)
    assert not any(a.flags & Flag.LATE for a in answers[len(decided) + 1 :]), "it catches up"
    gaps = np.diff([0, *(a.tick for a in answers)]) - 1
    assert counts.lost == gaps.sum() > 0
    assert [bool(a.flags & Flag.LOST) for a in answers] == list(gaps > 0)
    assert counts.late == sum(bool(a.flags & Flag.LATE) for a in answers)
    assert counts.ticks == counts.steps + counts.missed + counts.lost == answers[-1].tick


def test_what_would_disturb_it_is_refused(device: Device) -> None:
    x = samples(2)
    device.supply(x)
    with pytest.raises(RanvierError, match="RUNNING"):
        device.step(x)
    with pytest.raises(RanvierError, match="RUNNING"):
        device.reset()
    device.stop()
    device.step(x)
    with pytest.raises(RanvierError, match="NO_SOURCE"):
        device.start(source=Source.BOARD)
    with pytest.raises(RanvierError, match="BAD_PAYLOAD"):
        device.start(period=1 << 30)
    device.start()  # an emulator that need not wait passes many ticks until it is asked again
    with pytest.raises(RanvierError, match="RUNNING"):
        device.start()
    with pytest.raises(RanvierError, match="RUNNING"):
        device.reset()
    assert device.stats().steps == 2
    counts = device.stop()
    assert counts.ticks == counts.missed
    device.step_events(np.array([1]), np.array([5]))  # which needs what the ring has used zeroed
    net = TestNet()
    for row in (*x, [0, 5, 0, 0, 0, 0]):
        net.step(np.array(row))
    np.testing.assert_array_equal(device.read_state("readout"), net.readout_v)


SENSOR = """
#include "ranvier/board.h"

static const int16_t table[][6] = {%s};
static uint32_t at;

bool rv_board_has_source(void)
{
    return true;
}

bool rv_board_sample(void *raw, uint32_t bytes)
{
    const uint8_t *from = (const uint8_t *)table[at / 2U];
    uint8_t *to = raw;

    if ((at %% 2U == 1U) || (at / 2U == sizeof table / sizeof table[0])) {
        ++at;
        return false;
    }
    for (uint32_t i = 0U; i < bytes; ++i) {
        to[i] = from[i];
    }
    ++at;
    return true;
}

void rv_board_answer(uint16_t decoded)
{
    if ((decoded == 0xFFFFU) != (at %% 2U == 0U)) {
        rv_board_panic("ranvier fault: the board was told something else\\n");
    }
}
"""


@pytest.mark.parametrize("name", SOME)
def test_a_board_with_a_sensor_runs_free_from_its_start(name: str, tmp_path: Path) -> None:
    """Nobody says hello. Its sensor has a sample at every other tick."""
    need_program("qemu-system-arm", "qemu-system-arm")
    net, x = TestNet(), samples(30)
    rows = ", ".join("{" + ", ".join(map(str, row)) + "}" for row in x)
    (tmp_path / "sensor.c").write_text(SENSOR % rows)
    image = build_board(tmp_path, str(tmp_path / "sensor.c"), name=name)
    frames: list[bytes] = []
    with Emulator(image, name, in_time=True) as emulator:
        stream, received = SerialStream(emulator.url), bytearray()
        while len(frames) < 28:
            received += stream.read(1.0)
            *whole, rest = bytes(received).split(b"\0")
            frames += whole
            received = bytearray(rest)
        stream.close()
    replies = [parse_reply(frame) for frame in frames[:28]]
    answers = [Answer.parse(r.payload) for r in replies if r is not None and r.command == EVENT]
    assert [a.tick for a in answers] == list(range(1, 29))
    assert [a.decoded for a in answers[::2]] == [net.step(row) for row in x[:14]]
    assert all(a.decoded is None and a.flags & Flag.MISSED for a in answers[1::2])


@pytest.mark.parametrize("name", WATCHED)
def test_the_watchdog_bites_while_a_step_hangs(name: str, tmp_path: Path) -> None:
    """Long before the step's own deadline, which is seconds."""
    need_program("qemu-system-arm", "qemu-system-arm")
    faulty = build_board(tmp_path, *FAULTS, name=name)
    with (
        pytest.raises(RanvierError, match="fault: watchdog") as e,
        Emulator(faulty, name) as emulator,
        Device(SerialStream(emulator.url)) as device,
    ):
        device.hello(SIGNATURE)
        device.supply(np.concatenate((X, X, HANG)))
        device.start()
        assert [getattr(device.answer(5.0), "step", None) for _ in range(2)] == [1, 2]
        device.answer(5.0)
    assert e.value.code == "T003"
    assert "ranvier safe output: cause 3" in emulator.output


@pytest.mark.parametrize("name", WATCHED)
def test_the_watchdog_resets_what_a_fault_has_stopped(name: str, tmp_path: Path) -> None:
    """As on silicon, where no emulator takes the report. The next run refuses to decode."""
    need_program("qemu-system-arm", "qemu-system-arm")
    (tmp_path / "stuck.c").write_text(STUCK)
    flags = (*FAULTS, "-Wl,--wrap=rv_board_panic", str(tmp_path / "stuck.c"))
    stuck = build_board(tmp_path, *flags, name=name)
    with (
        Emulator(stuck, name, in_time=True) as emulator,
        Device(SerialStream(emulator.url)) as device,
    ):
        device.hello(SIGNATURE)
        device.supply(X)
        device.start(count=5)
        collect(device)
        time.sleep(0.5)  # at rest again, and still kicked
        device.stop()
        device.step(X)
        device.supply(HANG)
        device.start()
        time.sleep(1.5)
        device.hello(SIGNATURE)
        for refused in (lambda: device.step(X), device.start):
            with pytest.raises(RanvierError, match="a step never ended") as e:
                refused()
            assert e.value.code == "L011"
    assert emulator.output.count("ranvier safe output") == 2
    assert "ranvier safe output: cause 2" in emulator.output


def test_boards_that_cannot_run_free_say_so(tmp_path: Path) -> None:
    need_program("gcc", "gcc libc6-dev")
    build = compile(network("motion"), "host", tmp_path / "b").build
    with pytest.raises(RanvierError, match="UNKNOWN") as e:
        live(build, data("motion")[1].first(1))
    assert e.value.code == "L007"
    assert {n for n in NAMES if board(n).watchdog and board(n).emulator} == set(WATCHED)
