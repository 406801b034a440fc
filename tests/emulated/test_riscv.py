# SPDX-License-Identifier: Apache-2.0
"""The link and the faults of a RISC-V board: an image on QEMU's virt machine."""

from pathlib import Path

import numpy as np
import pytest
from tests.link_build import SIGNATURE, TestNet, build_board
from tests.needs import need_program

from ranvier.errors import RanvierError
from ranvier.tools.flash.qemu import Emulator, instructions_per_tick
from ranvier.tools.link.client import Device
from ranvier.tools.link.streams import SerialStream

BOARD = "qemu-riscv32"
FAULTS = ("-DRV_TEST_FAULTS", "-Wno-infinite-recursion")


@pytest.fixture(scope="module", params=[(), FAULTS], ids=["sound", "faulty"])
def image(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    need_program("qemu-system-riscv32", "qemu-system-misc")
    return build_board(tmp_path_factory.mktemp("riscv"), *request.param, name=BOARD)


@pytest.mark.parametrize("image", [()], indirect=True)
def test_no_byte_is_lost_between_two_sleeps(image: Path) -> None:
    """Requests one by one, each of which wakes the core."""
    net, x = TestNet(), np.random.default_rng(1).integers(-3000, 3000, (500, 6)).astype(np.int16)
    with Emulator(image, BOARD) as emulator:
        with Device(SerialStream(emulator.url)) as device:
            device.hello(SIGNATURE)
            for row in x:
                assert device.step(row[None]).decoded == net.step(row)
            stats = device.stats()
            device.exit(23)
        assert emulator.wait() == 23
    assert stats.steps == 500
    assert 50 < stats.minimum * instructions_per_tick(BOARD) < 400
    assert 100 < stats.stack_used < stats.stack_size == 4096


@pytest.mark.parametrize("image", [FAULTS], indirect=True)
@pytest.mark.parametrize(
    ("kind", "report", "hint"),
    [
        (101, r"load access fault pc=0x8\w+ ra=0x8\w+ mcause=0x00000005 mtval=0xa0000000",
         "riscv64-unknown-elf-addr2line"),
        (102, r"store access fault stack overflow sp=0x8100\w+ mcause=0x00000007", "rv_stack_size"),
        (103, r"illegal instruction pc=0x8\w+ ra=0x8\w+ mcause=0x00000002", "addr2line"),
    ],
)  # fmt: skip
def test_a_trap_is_reported_with_its_place(image: Path, kind: int, report: str, hint: str) -> None:
    with (
        pytest.raises(RanvierError, match=report) as error,
        Emulator(image, BOARD) as emulator,
        Device(SerialStream(emulator.url)) as device,
    ):
        device.hello(SIGNATURE)
        device.step(np.full((1, 6), kind))
    assert error.value.code == "T003" and hint in str(error.value.hint)
    assert emulator.returncode == 99
