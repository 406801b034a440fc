# SPDX-License-Identifier: Apache-2.0
"""The same protocol over a real serial port: an image on QEMU's Cortex-M4F."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.link_build import INT8, SIGNATURE, TestNet, build_board
from tests.needs import need_program

from ranvier.errors import RanvierError
from ranvier.tools.flash.qemu import Emulator, instructions_per_tick
from ranvier.tools.link.client import Device
from ranvier.tools.link.frames import Command, Reply, Status, parse_reply, request
from ranvier.tools.link.layout import State, hello_request
from ranvier.tools.link.streams import SerialStream


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need_program("qemu-system-arm", "qemu-system-arm")
    return build_board(tmp_path_factory.mktemp("an386"))


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need_program("qemu-system-arm", "qemu-system-arm")
    flags = ("-DRV_TEST_FAULTS", "-Wno-infinite-recursion")
    return build_board(tmp_path_factory.mktemp("faulty"), *flags)


@pytest.fixture
def device(image: Path) -> Iterator[Device]:
    with Emulator(image) as emulator, Device(SerialStream(emulator.url)) as device:
        yield device


def samples(n: int) -> np.ndarray:
    return np.random.default_rng(n).integers(-3000, 3000, (n, 6)).astype(np.int16)


def test_steps_and_state_equal_the_network_restated(device: Device) -> None:
    net, x = TestNet(), samples(100)
    info = device.hello(SIGNATURE)
    assert (info.name, info.tick_hz) == ("testnet", 25_000_000)
    answer = device.step(x)
    labels = [net.step(row) for row in x]
    assert answer.decoded == labels[-1] and 0 < sum(labels) < len(labels)
    np.testing.assert_array_equal(answer.outputs[-1], net.readout_v)
    x[0, [0, 1, 2, 4]] = 0
    answer = device.step_events(np.array([5, 3]), x[0, [5, 3]])
    assert answer.decoded == net.step(x[0])
    for name, what, expected in (
        ("hidden", State.MEMBRANE, net.hidden_v),
        ("hidden", State.SYNAPSE, net.hidden_syn),
        ("hidden", State.OUTPUT, net.spikes),
        ("count", State.MEMBRANE, net.count_v),
        ("count", State.OUTPUT, net.count_out),
        ("readout", State.MEMBRANE, net.readout_v),
    ):
        np.testing.assert_array_equal(device.read_state(name, what), expected)


def test_refused_frames_change_nothing(image: Path) -> None:
    with Emulator(image) as emulator:
        stream = SerialStream(emulator.url)
        pending = bytearray()

        def send(data: bytes) -> Reply:
            stream.write(data)
            deadline = time.monotonic() + 5.0
            while b"\0" not in pending and time.monotonic() < deadline:
                pending.extend(stream.read(0.5))
            frame, _, rest = bytes(pending).partition(b"\0")
            pending[:] = rest
            answer = parse_reply(frame)
            assert answer is not None
            return answer

        net = TestNet()
        rows = samples(8)
        assert send(request(Command.HELLO, 40, hello_request(SIGNATURE))).status == Status.OK
        for at, row in enumerate(rows):
            good = request(Command.STEP, 41 + at, b"\0" + row.tobytes())
            damaged = bytearray(good)
            damaged[5] ^= 0xFF if damaged[5] != 0xFF else 1
            assert send(bytes(damaged)).status == Status.CORRUPT
            assert send(good[:7] + b"\0").status == Status.CORRUPT
            assert send(request(Command.STEP, 40 + at, b"")).status == Status.REPEATED
            assert send(request(Command.STEP, 50 + at, b"")).status == Status.OUT_OF_SEQUENCE
            assert send(request(Command.STEP, 41 + at, b"\0")).status == Status.BAD_PAYLOAD
            assert send(request(77, 41 + at)).status == Status.UNKNOWN
            label = net.step(row)
            answer = send(good)
            assert answer.status == Status.OK
            values = np.frombuffer(answer.payload, "<i4", offset=2)
            np.testing.assert_array_equal(values, net.readout_v)
            assert answer.payload[0] == label
        assert send(request(Command.STEP, 49, bytes(1500))).status == Status.TOO_LONG
        stream.close()


def test_counted_instructions_repeat(image: Path) -> None:
    counts = []
    for _ in range(2):
        with Emulator(image) as emulator, Device(SerialStream(emulator.url)) as device:
            device.hello(SIGNATURE)
            device.step(samples(50))
            counts.append(device.stats())
    one, two = counts
    assert one.steps == two.steps == 50
    # A step starts anywhere between two ticks, so that it may seem one tick longer or shorter.
    assert abs(one.total - two.total) <= 50
    assert 0 < one.minimum <= one.last <= one.maximum
    assert 100 < one.minimum * instructions_per_tick("qemu-mps2-an386") < 400
    assert 100 < one.stack_used < one.stack_size == 4096


def test_exit_carries_its_code(image: Path) -> None:
    with Emulator(image) as emulator:
        with Device(SerialStream(emulator.url)) as device:
            device.hello(SIGNATURE)
            device.exit(23)
        assert emulator.wait() == 23


@pytest.mark.parametrize(
    ("kind", "report"),
    [(101, r"BusFault pc=0x\w+ lr=0x\w+ xpsr=0x\w+ cfsr=0x00008200 hfsr=0x40000000"),
     (102, "MemManage fault stack overflow"),
     (103, "UsageFault pc=")],
)  # fmt: skip
def test_fault_is_reported_with_its_place(faulty: Path, kind: int, report: str) -> None:
    with (
        pytest.raises(RanvierError, match=report) as error,
        Emulator(faulty) as emulator,
        Device(SerialStream(emulator.url)) as device,
    ):
        device.hello(SIGNATURE)
        device.step(np.full((1, 6), kind))
    assert error.value.code == "T003" and error.value.loc == str(faulty)
    assert emulator.returncode == 99


def test_network_that_fits_no_frame_is_reported(tmp_path: Path) -> None:
    need_program("qemu-system-arm", "qemu-system-arm")
    image = build_board(tmp_path, "-DRV_LINK_MAX_FRAME=100U")
    with (
        pytest.raises(RanvierError, match="does not fit a frame") as error,
        Emulator(image) as emulator,
        Device(SerialStream(emulator.url)) as device,
    ):
        device.hello(SIGNATURE)
    assert error.value.code == "T003"


def test_stack_overflowing_ram_is_refused_by_the_linker(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="overflowed"):
        build_board(tmp_path, "-Wl,--defsym=rv_stack_size=0x400000")


def test_emulator_ends_with_an_exception(image: Path) -> None:
    with pytest.raises(KeyboardInterrupt), Emulator(image) as emulator:
        assert emulator.returncode is None
        raise KeyboardInterrupt
    assert emulator.returncode is not None


def test_emulator_dies_with_python(image: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path\n"
        "from ranvier.tools.flash.qemu import Emulator\n"
        "with Emulator(Path(sys.argv[1])) as e:\n"
        "    print(e._process.pid, flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(image)], stdout=subprocess.PIPE
    ) as python:
        assert python.stdout is not None
        pid = int(python.stdout.readline())
        os.kill(pid, 0)
        python.send_signal(signal.SIGKILL)
        python.wait()
    deadline = time.monotonic() + 5
    while _runs(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _runs(pid)


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_missing_qemu_names_its_package(image: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with (
        pytest.raises(RanvierError, match="apt-get install qemu-system-arm") as error,
        Emulator(image),
    ):
        pass
    assert error.value.code == "T001"


def test_image_of_nonsense_is_reported(tmp_path: Path) -> None:
    need_program("qemu-system-arm", "qemu-system-arm")
    image = tmp_path / "nonsense.elf"
    image.write_bytes(b"\x7fELF not really" * 100)
    with (
        pytest.raises(RanvierError) as error,
        Emulator(image) as emulator,
        Device(SerialStream(emulator.url), timeout=1.0) as device,
    ):
        device.hello(SIGNATURE)
    assert error.value.code in ("T003", "T004")


def test_int8_samples(tmp_path: Path) -> None:
    need_program("qemu-system-arm", "qemu-system-arm")
    net, x = TestNet(), samples(30).astype(np.int8)
    image = build_board(tmp_path, *INT8)
    with Emulator(image) as emulator, Device(SerialStream(emulator.url)) as device:
        device.hello(SIGNATURE)
        answer = device.step(x)
        labels = [net.step(row) for row in x]
        assert answer.decoded == labels[-1]
        np.testing.assert_array_equal(answer.outputs[-1], net.readout_v)
