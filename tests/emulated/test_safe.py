# SPDX-License-Identifier: Apache-2.0
"""What goes wrong on an emulated board ends in the safe output and no answer: each planted."""

import io
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from elftools.elf.elffile import ELFFile
from tests.link_build import SIGNATURE, build_board
from tests.needs import need_program
from tests.networks import network

from ranvier.errors import RanvierError
from ranvier.targets.mcu import step_limit
from ranvier.targets.mcu.board import NAMES, board
from ranvier.targets.mcu.elf import symbols
from ranvier.tools.flash.qemu import Emulator
from ranvier.tools.link.client import Device
from ranvier.tools.link.streams import SerialStream
from ranvier.tools.verbs.compile import compile

BOARDS = [name for name in NAMES if board(name).emulator]
X = np.zeros((1, 6), np.int16)
HANG, FAULT = X + 104, X + 101


def places(elf: bytes) -> Iterator[tuple[str, int, int]]:
    """Yield each symbol's name, its place in the file and its size."""
    read = ELFFile(io.BytesIO(elf))
    for symbol in symbols(read):
        if symbol.section is not None and symbol.size:
            section = read.get_section(symbol.section)
            place = symbol.address - section["sh_addr"] + section["sh_offset"]
            yield symbol.name, place, symbol.size


@pytest.mark.parametrize("name", BOARDS)
def test_one_flipped_bit_of_the_image_and_nothing_is_decoded(name: str, tmp_path: Path) -> None:
    need_program(board(name).compiler, board(name).package)
    need_program("qemu-system-arm", "qemu-system-arm")
    build = compile(network("motion"), name, tmp_path / "net").build
    raw = np.zeros((1, 6), np.int16)
    image = build.image.read_bytes()
    with Emulator(build.image, name) as emulator, Device(SerialStream(emulator.url)) as device:
        device.hello(build.signature)
        device.step(raw)
    assert "safe output" not in emulator.output
    for part in ("motion_w0_lif1", "motion_step"):
        place, size = next((p, s) for symbol, p, s in places(image) if symbol == part)
        bad = bytearray(image)
        bad[place + size // 2] ^= 16
        damaged = tmp_path / f"{part}.elf"
        damaged.write_bytes(bad)
        with (
            pytest.raises(RanvierError, match="not those that were built") as e,
            Emulator(damaged, name) as emulator,
            Device(SerialStream(emulator.url)) as device,
        ):
            assert device.hello(build.signature).name == "motion"  # it still says who it is
            device.step(raw)
        assert e.value.code == "L011"
        assert "ranvier safe output: cause 1" in emulator.output


@pytest.mark.parametrize("name", BOARDS)
def test_a_fault_drives_the_safe_output_first(name: str, tmp_path: Path) -> None:
    need_program("qemu-system-arm", "qemu-system-arm")
    faulty = build_board(tmp_path, "-DRV_TEST_FAULTS", "-Wno-infinite-recursion", name=name)
    with (
        pytest.raises(RanvierError) as e,
        Emulator(faulty, name) as emulator,
        Device(SerialStream(emulator.url)) as device,
    ):
        device.hello(SIGNATURE)
        device.step(X + 103)
    assert e.value.code == "T003"
    safe = emulator.output.index("ranvier safe output: cause 3")
    assert safe < emulator.output.index("ranvier fault:")


@pytest.mark.parametrize("name", BOARDS)
def test_a_step_that_never_ends_misses_its_deadline(name: str, tmp_path: Path) -> None:
    need_program("qemu-system-arm", "qemu-system-arm")
    assert board(name).deadline
    faulty = build_board(tmp_path, "-DRV_TEST_FAULTS", "-Wno-infinite-recursion", name=name)
    with (
        pytest.raises(RanvierError, match="missed deadline") as e,
        Emulator(faulty, name) as emulator,
        Device(SerialStream(emulator.url)) as device,
    ):
        device.hello(SIGNATURE)
        device.step(np.zeros((20, 6), np.int16))
        device.step(HANG)
    assert e.value.code == "T003"
    assert "ranvier safe output: cause 3" in emulator.output


def test_it_is_cut_off_after_as_many_periods_as_are_said(tmp_path: Path) -> None:
    """One of 2^24 cycles: 0.7 s of QEMU's clock. The 256 that are not said are three minutes."""
    need_program("qemu-system-arm", "qemu-system-arm")
    flags = ("-DRV_TEST_FAULTS", "-Wno-infinite-recursion", *step_limit.flags(1))
    faulty = build_board(tmp_path, *flags, name="qemu-mps2-an386")
    with (
        pytest.raises(RanvierError, match="missed deadline"),
        Emulator(faulty, "qemu-mps2-an386", in_time=True) as emulator,
        Device(SerialStream(emulator.url)) as device,
    ):
        device.hello(SIGNATURE)
        begin = time.monotonic()
        device.step(HANG)
    # A host that was busy lets QEMU's clock catch up: the period may pass faster, never at once.
    assert 0.05 < time.monotonic() - begin < 20


STUCK = """
_Noreturn void __wrap_rv_board_panic(const char *line);

_Noreturn void __wrap_rv_board_panic(const char *line)
{
    (void)line;
    for (;;) {
    }
}
"""


@pytest.mark.parametrize("name", BOARDS)
def test_a_reset_within_a_step_and_the_next_run_refuses(name: str, tmp_path: Path) -> None:
    """As on silicon, where no emulator takes the report: the fault handler waits for a watchdog."""
    need_program("qemu-system-arm", "qemu-system-arm")
    (tmp_path / "stuck.c").write_text(STUCK)
    flags = ("-DRV_TEST_FAULTS", "-Wno-infinite-recursion", "-Wl,--wrap=rv_board_panic")
    faulty = build_board(tmp_path, *flags, str(tmp_path / "stuck.c"), name=name)
    control = tmp_path / "qmp"
    options = ("-qmp", f"unix:{control},server=on,wait=off")
    with Emulator(faulty, name, options) as emulator:
        with Device(SerialStream(emulator.url), timeout=5.0) as device:
            device.hello(SIGNATURE)
            device.step(X)
            with pytest.raises(RanvierError):
                device.step(HANG)
            reset(control)
            device.hello(SIGNATURE)
            with pytest.raises(RanvierError, match="a step never ended") as e:
                device.step(X)
            reset(control)  # between steps: all is well again
            device.hello(SIGNATURE)
            device.step(X)
        assert e.value.code == "L011"
    assert "ranvier safe output: cause 2" in emulator.output


def reset(control: Path) -> None:
    """Reset the emulated board, and give it time to start."""
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(control))
        for command in ("qmp_capabilities", "system_reset"):
            s.sendall(f'{{"execute": "{command}"}}\n'.encode())
            time.sleep(0.2)
    time.sleep(0.5)
