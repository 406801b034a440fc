# SPDX-License-Identifier: Apache-2.0
"""Where a network that exceeds its board is sent: only to boards that hold it."""

import re

import pytest

from ranvier.targets.mcu.board import NAMES, board
from ranvier.targets.mcu.memory import LayerMemory, too_big

WITH_MEMORY = tuple(name for name in NAMES if board(name).memories)


@pytest.mark.parametrize(
    ("name", "kind", "excess", "larger"),
    [
        ("qemu-microbit", "RAM", 2, WITH_MEMORY[1:]),
        ("qemu-mps3-an547", "ROM", 2, (*WITH_MEMORY[1:5], "qemu-riscv32")),
        ("qemu-mps3-an547", "ROM", 2**23 + 1, ()),
        ("qemu-mps2-an386", "RAM", 2, ()),
    ],
)
def test_only_boards_that_hold_a_large_network_are_named(
    name: str, kind: str, excess: int, larger: tuple[str, ...]
) -> None:
    found = (LayerMemory(name="a", rom=300, ram=20),)
    hint = too_big(board(name), kind, excess, found).hint
    named = re.findall(r"larger board: (.*)", hint)
    assert named == ([", ".join(larger)] if larger else [])
    assert ("a larger board" in hint) == bool(larger)
    assert "host" not in hint


def test_a_board_must_have_room_for_all_of_a_network() -> None:
    """What needs more RAM than a micro:bit has is not sent to a board with too little ROM."""
    found = (LayerMemory(name="a", rom=10_000_000, ram=20_000),)
    hint = too_big(board("qemu-microbit"), "RAM", 4000, found).hint
    assert "qemu-mps2-an386" in hint
    assert "qemu-mps3-an547" not in hint
