# SPDX-License-Identifier: Apache-2.0
"""An emulated board in a labgrid laboratory on this computer: coordinator, exporter, a place.

labgrid lives in build/frameworks/labgrid, made once: half a minute and 80 MB from PyPI.
"""

import importlib.util
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.needs import lacking, need_program
from tests.networks import EXAMPLE, network

from ranvier.errors import RanvierError
from ranvier.tools.build import Build
from ranvier.tools.flash.qemu import Emulator
from ranvier.tools.hil.labgrid import remote_port
from ranvier.tools.verbs.compile import compile

ROOT = Path(__file__).resolve().parents[2]
BOARD = "qemu-mps2-an386"
EXPORTS = """\
bench:
  NetworkSerialPort: {{host: 127.0.0.1, port: {port}, protocol: raw, speed: 115200}}
"""


@dataclass(frozen=True)
class Laboratory:
    bin: Path
    environment: dict[str, str]

    def client(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.bin / "labgrid-client", *arguments], env=self.environment, check=False,
            capture_output=True, text=True, timeout=30,
        )  # fmt: skip


@pytest.fixture(scope="module")
def bin_folder() -> Path:
    folder = ROOT / "build" / "frameworks" / "labgrid"
    script = ROOT / "tools/dev/frameworks/make_environment.py"
    done = subprocess.run(
        [sys.executable, script, "labgrid", folder], capture_output=True, text=True
    )
    if done.returncode != 0:
        lacking(f"needs PyPI for labgrid's environment: {done.stderr.strip()[-300:]}")
    return folder / "bin"


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    need_program("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    need_program("qemu-system-arm", "qemu-system-arm")
    return compile(network("motion"), BOARD, tmp_path_factory.mktemp("labgrid") / "motion").build


@pytest.fixture(scope="module")
def laboratory(
    bin_folder: Path, build: Build, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Laboratory]:
    """Export a running board as ``lab/bench`` and make the place ``m4`` of it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    tmp_path = tmp_path_factory.mktemp("laboratory")
    found = Laboratory(bin_folder, {**os.environ, "LG_COORDINATOR": address})
    exports = tmp_path / "exports.yaml"
    with (
        pytest.MonkeyPatch.context() as patch,
        Emulator(build.image, BOARD) as emulator,
        (tmp_path / "log").open("wb") as log,
    ):
        patch.setenv("LG_COORDINATOR", address)
        exports.write_text(EXPORTS.format(port=emulator.url.rpartition(":")[2]))
        commands = (
            ["labgrid-coordinator", "-l", address],
            ["labgrid-exporter", "-c", address, "-n", "lab", "--hostname", "127.0.0.1", exports],
        )
        started = []
        try:
            for name, *arguments in commands:
                command = [bin_folder / str(name), *arguments]
                started.append(subprocess.Popen(command, cwd=tmp_path, stdout=log, stderr=log))
                _wait_for(found, address, started, tmp_path / "log")
            assert found.client("-p", "m4", "create").returncode == 0
            match = ("add-match", "lab/bench/NetworkSerialPort")
            assert found.client("-p", "m4", *match).returncode == 0
            yield found
        finally:
            for process in reversed(started):
                process.terminate()
                process.wait(10)


def _wait_for(
    found: Laboratory, address: str, started: list[subprocess.Popen[bytes]], log: Path
) -> None:
    """Wait until the coordinator answers, and then until the exporter has told it of the port."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert all(process.poll() is None for process in started), log.read_text()
        said = found.client("resources")
        if said.returncode == 0 and (len(started) == 1 or "lab/bench" in said.stdout):
            return
        time.sleep(0.2)
    pytest.fail(f"no laboratory at {address}: {log.read_text()}")


def test_labgrid_stays_out_of_our_environment(bin_folder: Path) -> None:
    """Its pyserial is a fork under the same name."""
    assert importlib.util.find_spec("labgrid") is None
    assert (bin_folder / "labgrid-client").exists()


def test_a_board_of_a_laboratory_is_bit_exact(laboratory: Laboratory, build: Build) -> None:
    verify = [sys.executable, "-m", "ranvier", "verify", str(build.path), "--port", "{port}"]
    verify += ["--data", str(EXAMPLE / "motion_test.npz"), "--samples", "3", "--json"]
    command = [sys.executable, "-m", "ranvier.tools.hil.labgrid"]
    command += ["--client", str(laboratory.bin / "labgrid-client"), "m4", *verify]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert '"mismatches": 0' in done.stdout
    assert '"samples": 3' in done.stdout
    assert "acquired: None" in laboratory.client("-p", "m4", "show").stdout


def test_a_place_that_cannot_be_had_is_one_error(laboratory: Laboratory) -> None:
    """Taken, without a port, unknown; and given back whatever happens in between."""
    client = str(laboratory.bin / "labgrid-client")
    with remote_port("m4", client) as port:
        assert port.startswith("socket://127.0.0.1:")
        assert "acquired: None" not in laboratory.client("-p", "m4", "show").stdout
        with pytest.raises(RanvierError) as taken, remote_port("m4", client):
            pass
    assert laboratory.client("-p", "empty", "create").returncode == 0
    with pytest.raises(RanvierError) as no_port, remote_port("empty", client):
        pass
    assert "acquired: None" in laboratory.client("-p", "empty", "show").stdout
    with pytest.raises(RanvierError) as unknown, remote_port("nowhere", client):
        pass
    with pytest.raises(RanvierError) as absent, remote_port("m4", "no-labgrid-client"):
        pass
    assert [e.value.code for e in (taken, no_port, unknown, absent)] == [*["T002"] * 3, "T001"]
    with pytest.raises(KeyError), remote_port("m4", client):
        raise KeyError
    assert "acquired: None" in laboratory.client("-p", "m4", "show").stdout
