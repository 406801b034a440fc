# SPDX-License-Identifier: Apache-2.0
"""What the choice between layouts supposes of each, against what the emulated core counts."""

from pathlib import Path

import numpy as np
import pytest
from tests.needs import need_program

from ranvier.frontends.data import make_data
from ranvier.ir import Dense
from ranvier.targets.mcu.board import board
from ranvier.targets.mcu.cores import CORES
from ranvier.targets.mcu.costs import DENSE, LONE, SPARSE, SUB_BYTE
from ranvier.targets.mcu.lower import lower
from ranvier.tools.dev.icount.nets import events, joined, sparse
from ranvier.tools.dev.icount.profile import profile
from ranvier.tools.verbs.compile import compile
from ranvier.tools.verbs.verify import verify

SIZE = 64


@pytest.mark.parametrize(
    ("core", "density", "layout"),
    [
        ("cortex-m4", 0.05, "entries"),  # columns would take six times the bytes
        ("cortex-m4", 0.25, "paired"),
        ("cortex-m55", 0.25, "halves"),
        ("cortex-m0", 0.25, "entries"),  # and there more instructions, too
        ("host", 0.25, "entries"),
    ],
)
def test_a_sparse_matrix_becomes_columns_where_these_are_faster(
    core: str, density: float, layout: str
) -> None:
    (p,) = lower(joined(sparse(density)), core).populations
    assert p.projections[0].layout.kind == layout


@pytest.mark.parametrize(
    "name",
    ["qemu-microbit", "qemu-mps2-an385", "qemu-mps2-an386", "qemu-mps3-an547", "qemu-riscv32"],
)
def test_the_figures_are_those_of_the_core(name: str, tmp_path: Path) -> None:
    found = board(name)
    need_program(found.compiler, found.package)
    need_program(found.emulator, found.emulator_package)
    x = events(20, SIZE, 8)
    family = CORES[found.core]
    dense = Dense(weight=np.random.default_rng(4).integers(-127, 128, (SIZE, SIZE)))
    four, two = (Dense(weight=np.clip(dense.weight, -top - 1, top)) for top in (7, 1))
    for made, cost, lone in (
        (joined(dense), DENSE[family], LONE[family][8]),
        (joined(sparse(0.1)), SPARSE[family], None),
        (joined(four), SUB_BYTE[family][4], LONE[family][4]),
        (joined(two), SUB_BYTE[family][2], LONE[family][2]),
    ):
        build = compile(made, name, tmp_path / f"{len(list(tmp_path.iterdir()))}").build
        (q,) = lower(made, found.core).populations[0].projections
        assert verify(build, make_data(x[None])).first_mismatch is None
        each = q.layout.operations / SIZE
        counted = profile(build, x[None])[q.kernel] / 8
        assert counted == pytest.approx(cost.event + cost.addition * each, rel=0.25)
        if lone is not None:
            alone = profile(build, events(20, SIZE, 1)[None])[q.kernel]
            assert alone == pytest.approx(lone.event + lone.addition * SIZE, rel=0.25)
