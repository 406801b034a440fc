# SPDX-License-Identifier: Apache-2.0
"""After how many periods of 2^24 cycles a step is cut off."""

import pytest

from ranvier.targets.mcu.board import NAMES, board
from ranvier.targets.mcu.step_limit import MOST, flags, periods


@pytest.mark.parametrize(
    ("name", "instructions", "expected"),
    [
        ("nrf52840dk", 0, 1), ("nrf52840dk", 2**20, 1), ("nrf52840dk", 2**20 + 1, 2),
        ("nrf52840dk", 2**28, 256), ("nrf52840dk", 2**40, 256), ("nrf52840dk", None, 256),
        ("pico", 2**14, 1), ("pico", 2**14 + 1, 2), ("pico2", 2**14 + 1, 2),
        ("qemu-mps2-an386", 1, 256), ("qemu-riscv32", 1, 256), ("host", 1, 256),
    ],
)  # fmt: skip
def test_it_follows_the_longest_step(name: str, instructions: int | None, expected: int) -> None:
    assert periods(board(name), instructions) == expected


def test_every_real_board_follows_it() -> None:
    real = [name for name in NAMES if board(name).kind == "board"]
    assert len(real) == 6
    assert all(periods(board(name), 0) == 1 for name in real)


def test_what_is_assumed_is_not_said() -> None:
    assert flags(MOST) == ()
    assert flags(3) == ("-DRV_DEADLINE_PERIODS=3U",)
