# SPDX-License-Identifier: Apache-2.0
"""A port that goes away while it is used: one clear error, a non-zero exit, no traceback."""

import os
import pty
import select
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tests.needs import need_program
from tests.networks import EXAMPLE, network

from ranvier.tools.build import Build
from ranvier.tools.flash.qemu import Emulator
from ranvier.tools.verbs.compile import compile

BOARD = "qemu-mps2-an386"
AFTER = 3000  # bytes of the board's, about a fifth of one recording


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    need_program("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    need_program("qemu-system-arm", "qemu-system-arm")
    return compile(network("motion"), BOARD, tmp_path_factory.mktemp("vanish") / "motion").build


def carry(host: int, board: socket.socket) -> None:
    """Carry bytes both ways until the board has said enough."""
    said = 0
    while said < AFTER:
        for ready in select.select([host, board.fileno()], [], [], 5)[0]:
            if ready == host:
                board.sendall(os.read(host, 4096))
            else:
                data = board.recv(4096)
                said += len(data)
                os.write(host, data)


class Vanishing:
    """An address that leads to the board, for a while."""

    def __init__(self, kind: str, board: str) -> None:
        host, port = board.removeprefix("socket://").split(":")
        self._board = socket.create_connection((host, int(port)))
        if kind == "socket":
            self._server = socket.create_server(("127.0.0.1", 0))
            self.url = f"socket://127.0.0.1:{self._server.getsockname()[1]}"
            target = self._until_enough_on_a_socket
        else:
            self._controller, self._follower = pty.openpty()
            self.url = os.ttyname(self._follower)
            target = self._until_enough_on_a_terminal
        self._thread = threading.Thread(target=target)
        self._thread.start()

    def _until_enough_on_a_socket(self) -> None:
        host, _ = self._server.accept()
        with self._board, self._server, host:
            carry(host.fileno(), self._board)

    def _until_enough_on_a_terminal(self) -> None:
        with self._board:
            carry(self._controller, self._board)
        os.close(self._controller)
        os.close(self._follower)

    def gone(self) -> None:
        self._thread.join(20)
        assert not self._thread.is_alive()


@pytest.mark.parametrize("verb", ["run", "verify"])
@pytest.mark.parametrize("kind", ["socket", "terminal"])
def test_a_port_that_vanishes_mid_run_is_one_error(build: Build, verb: str, kind: str) -> None:
    with Emulator(build.image, BOARD) as emulator:
        port = Vanishing(kind, emulator.url)
        done = subprocess.run(
            [sys.executable, "-m", "ranvier", verb, str(build.path), "--port", port.url,
             "--data", str(Path(EXAMPLE) / "motion_test.npz")],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        port.gone()
    assert done.returncode == 1
    assert done.stderr.count("error[") == 1
    assert f"{port.url}: error[L009]" in done.stderr
    assert "Traceback" not in done.stderr
    assert "mismatches" not in done.stdout
