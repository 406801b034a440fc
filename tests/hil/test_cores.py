# SPDX-License-Identifier: Apache-2.0
"""One decoder on every core of the rig, whatever board has it."""

import pytest
from tests.needs import need_program
from tests.networks import data, network

from ranvier.tools.boards import find_target
from ranvier.tools.hil.rig import Rig

CORES = (
    "cortex-m0", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33", "cortex-m55", "rv32imc",
    "host",
)  # fmt: skip


@pytest.mark.parametrize("core", [pytest.param(c, marks=pytest.mark.board(c)) for c in CORES])
def test_a_decoder_is_bit_exact_on_each_core(board: Rig, core: str) -> None:
    where = find_target(board.name).board
    need_program(where.compiler, where.package)
    if where.emulator:
        need_program(where.emulator, where.emulator)
    assert board.entry.core == core
    result = board.verify(network("motion"), data("motion")[1], 2)
    assert result.first_mismatch is None
    assert result.mismatches == 0
    assert result.compared["states"] > 0
    assert result.spikes > 300
