# SPDX-License-Identifier: Apache-2.0
"""Programming a board, with programs that pose as pyocd and openocd: each mishap is one error."""

import json
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests import programmers
from tests.needs import need_program

from ranvier.errors import RanvierError
from ranvier.targets.mcu.board import NAMES, board
from ranvier.tools.flash import drive
from ranvier.tools.flash.drive import Drive
from ranvier.tools.flash.firmware import Firmware
from ranvier.tools.flash.job import FILE, Job, program
from ranvier.tools.flash.methods import flasher, port_of
from ranvier.tools.flash.openocd import Openocd
from ranvier.tools.flash.pyocd import Pyocd
from ranvier.tools.flash.uf2 import decode

PROBED = ("nrf52840dk", "nrf54l15dk", "nucleo-l432kc", "nucleo-u575zi", "pico", "pico2")
PORTS = "serial.tools.list_ports.comports"
IMAGE = bytes(range(256)) * 9 + b"end"


class Bench:
    """A board on a fake probe."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.board = board(name)
        self.flasher = flasher(self.board, "0123")[1]
        assert self.board.chip is not None
        self.chip(id=self.board.chip.value)
        firmware = Firmware(base=self.board.memory("CODE").origin, data=IMAGE)
        (folder / FILE).write_bytes(IMAGE)
        self.job = Job(board=self.board, firmware=firmware, probe="0123", folder=folder)

    def chip(self, **state: Any) -> None:
        (self.folder / "chip.json").write_text(json.dumps({"probes": ["0123"], **state}))

    def fails(self, code: str) -> RanvierError:
        with pytest.raises(RanvierError) as e:
            program(self.flasher, self.job)
        assert e.value.code == code
        return e.value

    @property
    def held(self) -> bytes | None:
        file = self.folder / "flash.bin"
        return file.read_bytes() if file.exists() else None

    def calls(self) -> list[list[str]]:
        return [json.loads(line) for line in (self.folder / "calls.txt").open()]


@pytest.fixture(params=PROBED)
def bench(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("PATH", programmers.install(tmp_path))
    return Bench(tmp_path, request.param)


def test_the_image_is_written_read_back_and_started(bench: Bench) -> None:
    assert program(bench.flasher, bench.job)
    assert bench.held == IMAGE
    assert [tuple(c) for c in bench.calls()] == [s.command for s in bench.flasher.steps(bench.job)]


def test_another_chip_is_left_as_it_was(bench: Bench) -> None:
    assert bench.board.chip is not None
    bench.chip(id=bench.board.chip.value ^ 0x10)
    assert "nothing was written" in bench.fails("F003").what
    assert bench.held is None
    assert len(bench.calls()) == 1


def test_no_chip_at_all_is_said_before_anything_is_written(bench: Bench) -> None:
    bench.chip(id=None)
    assert "nothing was written" in bench.fails("F003").what
    assert bench.held is None


def test_a_probe_unplugged_halfway_leaves_a_board_that_nobody_calls_good(bench: Bench) -> None:
    assert bench.board.chip is not None
    bench.chip(id=bench.board.chip.value, unplugged=True)
    error = bench.fails("F004")
    assert "may hold half an image" in error.what
    assert "switch the board off and on if it ran free" in error.hint
    assert "probe is gone" in error.what
    assert bench.held == IMAGE[: len(IMAGE) // 2]


def test_a_flash_that_keeps_something_else_is_found(bench: Bench) -> None:
    assert bench.board.chip is not None
    bench.chip(id=bench.board.chip.value, flips=4)
    assert f"from 0x{bench.job.firmware.base:08x} on" in bench.fails("F005").what


def test_a_chip_that_does_not_start_is_not_good(bench: Bench) -> None:
    assert bench.board.chip is not None
    bench.chip(id=bench.board.chip.value, no_reset=True)
    bench.fails("F004")


def test_the_one_probe_is_taken_and_several_must_be_chosen_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", programmers.install(tmp_path))
    found = Bench(tmp_path, "nrf52840dk")
    way = Pyocd()
    assert way.find(found.board, None) == "0123"
    assert way.find(found.board, "123") == "0123"  # but for leading zeros
    for probes, wanted, code in (
        ([], None, "F001"), (["0123"], "9", "F001"), (["0123", "0124"], None, "F002"),
        (["0123", "0124"], "012", "F001"), (["4512"], "12", "F001"),
    ):  # fmt: skip
        found.chip(probes=probes)
        with pytest.raises(RanvierError) as e:
            way.find(found.board, wanted)
        assert e.value.code == code
    found.chip(probes=["0123", "0124"])
    assert way.find(found.board, "0124") == "0124"


def test_a_list_of_probes_that_is_no_list_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", programmers.install(tmp_path))
    (tmp_path / "pyocd").write_text("#!/bin/sh\necho hello\n")
    with pytest.raises(RanvierError) as e:
        Pyocd().find(board("nrf52840dk"), None)
    assert e.value.code == "T002"


def _ports(*found: tuple[str, str, int]) -> Callable[[], list[SimpleNamespace]]:
    return lambda: [
        SimpleNamespace(device=d, serial_number=s, vid=v, product="STLINK") for d, s, v in found
    ]


def test_st_links_are_found_by_their_serial_port(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    u575 = board("nucleo-u575zi")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RanvierError, match="openocd is not installed") as e:
        Openocd().find(u575, None)
    assert e.value.hint == "apt-get install openocd"
    monkeypatch.setenv("PATH", programmers.install(tmp_path))
    monkeypatch.setattr(PORTS, _ports(("/dev/ttyS0", "", 0)))
    with pytest.raises(RanvierError) as e:
        Openocd().find(u575, None)
    assert e.value.code == "F001"
    both = _ports(("/dev/ttyACM0", "AB1", 0x0483), ("/dev/ttyACM1", "AB2", 0x1366))
    monkeypatch.setattr(PORTS, both)
    assert Openocd().find(u575, None) == "AB1"


def test_the_port_of_a_probe_has_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    ports = _ports(("/dev/a", "000683", 1), ("/dev/b", "77", 1), ("/dev/c", "77", 1))
    monkeypatch.setattr(PORTS, ports)
    assert port_of("683", board("nrf52840dk")) == "/dev/a"
    for probe in ("77", "5", ""):
        with pytest.raises(RanvierError) as e:
            port_of(probe, board("nrf52840dk"))
        assert e.value.code == "F006"


@pytest.fixture
def pico(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    monkeypatch.setattr(drive, "GONE_TIMEOUT_S", 1.0)
    (tmp_path / drive.INFO).write_text("UF2 Bootloader v3.0\nBoard-ID: RPI-RP2\n")
    firmware = Firmware(base=0x10000000, data=IMAGE)
    return Job(board=board("pico"), firmware=firmware, probe=str(tmp_path), folder=tmp_path)


def _take(folder: Path) -> None:
    """Leave as a board does that has every block."""
    while not (folder / drive.FILE).exists():
        time.sleep(0.01)
    (folder / drive.INFO).unlink()


def test_a_drive_takes_the_file_and_leaves(pico: Job) -> None:
    folder = Path(pico.probe)
    board_ = threading.Thread(target=_take, args=(folder,))
    board_.start()
    assert not program(Drive(), pico), "a drive can't be read back"
    board_.join()
    found = decode((folder / drive.FILE).read_bytes(), 0xE48BFF56, "f")
    assert found.data[: len(IMAGE)] == IMAGE


def test_a_drive_that_stays_has_not_taken_the_image(pico: Job) -> None:
    with pytest.raises(RanvierError, match="still waits for blocks") as e:
        program(Drive(), pico)
    assert e.value.code == "F004"


def test_a_drive_of_another_board_is_left_as_it_was(pico: Job) -> None:
    folder = Path(pico.probe)
    (folder / drive.INFO).write_text("UF2 Bootloader v1.0\nBoard-ID: RP2350\n")
    with pytest.raises(RanvierError) as e:
        program(Drive(), pico)
    assert e.value.code == "F003"
    assert not (folder / drive.FILE).exists()


def test_a_drive_that_cannot_be_written_is_no_success(pico: Job) -> None:
    (Path(pico.probe) / drive.FILE).mkdir()
    with pytest.raises(RanvierError) as e:
        program(Drive(), pico)
    assert e.value.code == "F004"


def test_drives_are_found_where_systems_mount_them(
    pico: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(pico.probe)
    assert Drive().find(pico.board, str(folder)) == str(folder)
    with pytest.raises(RanvierError) as e:
        Drive().find(pico.board, str(folder.parent))
    assert e.value.code == "F001"
    monkeypatch.setattr(drive, "PLACES", (str(folder),))
    assert Drive().find(pico.board, None) == str(folder)


def test_a_named_probe_goes_before_the_drive(tmp_path: Path) -> None:
    assert flasher(board("pico"), None)[0] == "uf2"
    assert flasher(board("pico"), str(tmp_path))[0] == "uf2"
    assert flasher(board("pico"), "E66")[0] == "pyocd"
    assert flasher(board("nucleo-u575zi"), None)[0] == "openocd"


def test_pyocd_has_the_targets_that_the_boards_name() -> None:
    """The real pyocd, from PyPI, without any pack."""
    pytest.importorskip("pyocd", reason="needs pyocd: pip install 'ranvier[flash]'")
    from pyocd.target.builtin import BUILTIN_TARGETS

    named = {b.flash.target for b in map(board, NAMES) if b.flash is not None and b.flash.target}
    assert named == {"nrf52840", "nrf54l", "stm32l432kc", "rp2040", "rp2350"}
    assert named | {"cortex_m"} <= set(BUILTIN_TARGETS)


def test_the_real_pyocd_takes_the_commands_and_finds_no_probe(tmp_path: Path) -> None:
    """Every option parses; what is missing is the probe, and pyocd's exit says so."""
    if shutil.which("pyocd") is None:
        pytest.importorskip("pyocd", reason="needs pyocd: pip install 'ranvier[flash]'")
    (tmp_path / FILE).write_bytes(IMAGE)
    firmware = Firmware(base=0, data=IMAGE)
    job = Job(board=board("nrf52840dk"), firmware=firmware, probe="no-such-probe", folder=tmp_path)
    for call in (Pyocd().identify, Pyocd().write, Pyocd().read_back, Pyocd().start):
        with pytest.raises(RanvierError) as e:
            call(job)
        assert "no-such-probe" in str(e.value) or "No available debug probes" in str(e.value)
        assert "usage:" not in str(e.value)


# A target without memory on an adapter without wires: `init` succeeds, and adds the commands.
DUMMY = (
    "adapter driver dummy", "transport select jtag", "adapter speed 100",
    "jtag newtap t cpu -irlen 4", "target create t.cpu testee -chain-position t.cpu", "init",
)  # fmt: skip


@pytest.fixture
def u575(tmp_path: Path) -> Job:
    need_program("openocd", "openocd")
    (tmp_path / FILE).write_bytes(IMAGE)
    firmware = Firmware(base=0x08000000, data=IMAGE)
    return Job(board=board("nucleo-u575zi"), firmware=firmware, probe="AB1", folder=tmp_path)


def _openocd(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(("openocd", *words), capture_output=True, text=True, check=False)


def test_the_real_openocd_takes_the_scripts(u575: Job) -> None:
    """Up to `init`, which needs a probe."""
    for step in Openocd().steps(u575):
        until = step.command.index("init") - 1
        done = _openocd(*step.command[3:until], "-c", "shutdown")
        assert done.returncode == 0, done.stderr


def test_the_real_openocd_has_the_commands(u575: Job) -> None:
    asked = {
        word.split()[0]
        for step in Openocd().steps(u575)
        for word in step.command[step.command.index("init") :]
        if word != "-c"
    }
    assert asked == {"init", "echo", "reset", "halt", "flash", "dump_image", "shutdown"}
    look = "; ".join(
        f"if {{![llength [info commands {c}]]}} {{error {c}}}" for c in sorted(asked - {"init"})
    )
    words = [word for command in (*DUMMY, look, "shutdown") for word in ("-c", command)]
    assert _openocd(*words).returncode == 0


def test_the_real_openocd_reads_the_word_that_tells_the_chip(u575: Job) -> None:
    """It gets as far as the hardware, which isn't there, and says so."""
    argv = Openocd().steps(u575)[0].command
    words = [word for command in DUMMY for word in ("-c", command)]
    done = _openocd(*words, *argv[argv.index("init") + 1 :])
    assert done.returncode == 1
    assert "read at 0xe0044000 with width=32 and count=1 failed" in done.stderr
