# SPDX-License-Identifier: Apache-2.0
"""A compiled network on the emulated Cortex-M4, as its user meets it."""

import json
import os
import pty
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from tests.needs import need_program
from tests.networks import EXAMPLE, data, network

from ranvier.errors import RanvierError
from ranvier.tools.build import Build
from ranvier.tools.flash.qemu import Emulator
from ranvier.tools.verbs.compile import compile
from ranvier.tools.verbs.flash import flash
from ranvier.tools.verbs.run import run
from ranvier.tools.verbs.verify import verify

BOARD = "qemu-mps2-an386"
DATA = EXAMPLE / "motion_test.npz"


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    need_program("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    need_program("qemu-system-arm", "qemu-system-arm")
    return compile(network("motion"), BOARD, tmp_path_factory.mktemp("session") / "motion").build


def test_flash_boots_the_image_and_knows_it(build: Build) -> None:
    assert flash(build).verified
    dry = flash(build, dry_run=True)
    assert (dry.verified, dry.board) == (False, BOARD)


def test_a_device_that_runs_already_answers_on_its_port(build: Build) -> None:
    with Emulator(build.image, BOARD) as emulator:
        result = verify(build, data("motion")[1], samples=2, port=emulator.url)
    assert result.mismatches == 0
    assert result.spikes > 0
    assert result.target == emulator.url


@contextmanager
def serial_port(url: str) -> Iterator[str]:
    """Give a pseudo-terminal that leads to a socket: to pyserial it is a serial port."""
    host, number = url.removeprefix("socket://").split(":")
    master, slave = pty.openpty()
    with socket.create_connection((host, int(number))) as link:
        done = threading.Event()

        def pump() -> None:
            while not done.is_set():
                for ready in select.select([master, link.fileno()], [], [], 0.05)[0]:
                    if ready == master:
                        link.sendall(os.read(master, 4096))
                    else:
                        os.write(master, link.recv(4096))

        thread = threading.Thread(target=pump)
        thread.start()
        try:
            yield os.ttyname(slave)
        finally:
            done.set()
            thread.join()
            os.close(master)
            os.close(slave)


def test_a_serial_port_is_the_same_to_the_host(build: Build) -> None:
    with Emulator(build.image, BOARD) as emulator, serial_port(emulator.url) as port:
        result = run(build, data("motion")[1], samples=2, port=port)
    assert result.metric is not None
    assert result.metric.value == 1.0
    assert result.instructions is None  # a timer of unknown meaning is not counted


def test_a_board_with_another_network_is_refused(build: Build) -> None:
    other = replace(build, network=replace(build.network, dt=0.2))
    with Emulator(build.image, BOARD) as emulator, pytest.raises(RanvierError) as e:
        run(other, data("motion")[1], samples=1, port=emulator.url)
    assert e.value.code == "L005"


def test_a_board_with_another_build_of_the_network_is_refused(build: Build) -> None:
    other = replace(build, manifest={**build.manifest, "build_hash": "00" * 32})
    with Emulator(build.image, BOARD) as emulator, pytest.raises(RanvierError) as e:
        run(other, data("motion")[1], samples=1, port=emulator.url)
    assert e.value.code == "B005"


def test_a_port_nobody_listens_on_is_an_error(build: Build) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        number = server.getsockname()[1]
    with pytest.raises(RanvierError) as e:
        run(build, data("motion")[1], samples=1, port=f"socket://127.0.0.1:{number}")
    assert e.value.code == "L001"


def test_counted_instructions_repeat(build: Build) -> None:
    first, second = (run(build, data("motion")[1], samples=3).instructions for _ in range(2))
    assert first is not None
    assert second is not None
    for key in ("min", "mean", "max"):
        assert abs(first[key] - second[key]) <= 1
    assert 0 < first["min"] < first["mean"] < first["max"]


def test_the_stack_stays_below_its_bound(build: Build) -> None:
    used = run(build, data("motion")[1], samples=3).stack_used
    memory = build.manifest["memory"]
    assert memory["stack_unknown"] == []
    assert 0 < used <= memory["stack"]


def emulators(image: Path) -> list[int]:
    """Return the processes that run `image`."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            command = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
        except OSError:
            continue
        if b"qemu-system-arm" in command and str(image).encode() in command:
            found.append(int(entry.name))
    return found


def test_interrupting_a_run_ends_the_emulator(build: Build) -> None:
    command = [sys.executable, "-m", "ranvier", "run", str(build.path), "--data", str(DATA)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while not emulators(build.image) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert emulators(build.image)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "interrupted" in errors
    assert "Traceback" not in errors
    assert not emulators(build.image)


def test_the_command_line_verifies(build: Build) -> None:
    command = [sys.executable, "-m", "ranvier", "verify", str(build.path)]
    command += ["--data", str(DATA), "--samples", "2", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    found = json.loads(done.stdout)
    assert done.returncode == 0
    assert found["mismatches"] == 0
    assert set(found["compared"]) >= {"spikes", "states"}
