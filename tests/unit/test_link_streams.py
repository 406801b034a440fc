# SPDX-License-Identifier: Apache-2.0
"""Ports of every kind, those that aren't there, and programs that are missing or fail."""

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ranvier.errors import RanvierError
from ranvier.targets.process import find_program, run_program
from ranvier.tools.link.streams import SerialStream

PORTS = (
    "/dev/ranvier-no-such-port", "socket://127.0.0.1:1", "socket://127.0.0.1", "socket://:7",
    "socket://127.0.0.1:x", "wrong://x",
)  # fmt: skip


@pytest.mark.parametrize("url", PORTS)
def test_missing_port(url: str) -> None:
    with pytest.raises(RanvierError) as error:
        SerialStream(url)
    assert error.value.code == "L001" and error.value.loc == url


@pytest.fixture
def terminal() -> Iterator[tuple[int, str]]:
    pty = pytest.importorskip("pty")
    controller, follower = pty.openpty()
    yield controller, os.ttyname(follower)
    os.close(controller)
    os.close(follower)


def test_pseudo_terminal_is_a_port_and_exclusive(terminal: tuple[int, str]) -> None:
    controller, path = terminal
    stream = SerialStream(path)
    os.write(controller, b"\x01\x02")
    assert stream.read(1.0) == b"\x01\x02"
    assert stream.read(0.01) == b""
    stream.write(b"abc")
    assert os.read(controller, 3) == b"abc"
    with pytest.raises(RanvierError) as error:
        SerialStream(path)
    assert error.value.code == "L002"
    stream.close()
    SerialStream(path).close()


def test_a_socket_is_a_port_until_the_other_end_closes_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        stream = SerialStream(f"socket://127.0.0.1:{server.getsockname()[1]}")
        other, _ = server.accept()
    other.sendall(b"\x01\x02")
    assert stream.read(1.0) == b"\x01\x02"
    assert stream.read(0.01) == b""
    stream.write(b"abc")
    assert other.recv(3) == b"abc"
    other.close()
    with pytest.raises(RanvierError) as error:
        stream.read(1.0)
    assert error.value.code == "L009" and error.value.loc == stream.name
    begin = time.monotonic()
    stream.close()
    stream.close()
    assert time.monotonic() - begin < 0.2, "each of hundreds of runs ends so"


def test_missing_program_names_its_package() -> None:
    with pytest.raises(RanvierError, match="apt-get install the-package") as error:
        find_program("ranvier-no-such-program", "the-package")
    assert error.value.code == "T001"


def test_failing_program_shows_its_last_words(tmp_path: Path) -> None:
    script = "import sys; print('first'); sys.exit('the reason')"
    with pytest.raises(RanvierError, match="the reason") as error:
        run_program(["python3", "-c", script], package="python3", cwd=tmp_path, loc="x.c")
    assert error.value.code == "T002" and error.value.loc == "x.c"
    assert run_program(["python3", "-c", "print(5)"], package="python3") == "5\n"
    with pytest.raises(RanvierError, match="did not end"):
        run_program(["python3", "-c", "import time; time.sleep(9)"], package="x", timeout=0.2)
