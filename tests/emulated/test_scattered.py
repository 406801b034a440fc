# SPDX-License-Identifier: Apache-2.0
"""Convolutions and sparse columns on each core == the golden model, within their bound."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.needs import need_program
from tests.scattered import scattered

from ranvier.check import check
from ranvier.frontends.data import make_data
from ranvier.ir import Network
from ranvier.targets.mcu.board import board
from ranvier.targets.mcu.lower import lower
from ranvier.tools.dev.icount.nets import convolution, joined, sparse, spikes
from ranvier.tools.verbs.compile import compile
from ranvier.tools.verbs.run import run
from ranvier.tools.verbs.verify import verify

KERNELS = {f"rv_events_{how}_{kind}" for how in ("set", "add") for kind in ("runs", "entries")}
AROUND, TIGHT = 16, 1.3  # see test_worst_case.py


def always_firing(n: Network) -> Network:
    (p,) = n.populations
    assert p.fire is not None
    fire = replace(p.fire, threshold=np.full(p.size, -32768))
    return check(replace(n, populations=(replace(p, fire=fire),)))


def cases() -> list[tuple[Network, NDArray[np.uint8], float]]:
    """Return networks, their input, and how far above what it brings about the bound may lie."""
    alone = [always_firing(joined(c)) for c in (convolution(), sparse(0.05, 64))]
    every = [(n, spikes(10, n.encoding.channels, 1.0)[None], TIGHT) for n in alone]
    return [*((*scattered(seed), np.inf) for seed in (0, 1, 4)), *every]


@pytest.mark.parametrize(
    "name",
    [
        "qemu-microbit", "qemu-mps2-an385", "qemu-mps2-an386", "qemu-mps2-an505",
        "qemu-mps3-an547", "qemu-riscv32",
    ],
)  # fmt: skip
def test_random_networks_and_all_at_once(name: str, tmp_path: Path) -> None:
    found = board(name)
    need_program(found.compiler, found.package)
    need_program(found.emulator, found.emulator_package)
    spiked, used = 0, Counter[str]()
    for k, (n, x, tight) in enumerate(cases()):
        build = compile(n, name, tmp_path / f"{k}").build
        result = verify(build, make_data(x))
        assert result.first_mismatch is None
        spiked += result.spikes
        used.update(lower(n, found.core).kernels)
        counted = run(build, make_data(x)).instructions
        assert counted is not None
        cost = build.manifest["cost"]
        assert cost["instructions_unknown"] == []
        bound = cost["instructions_per_step_at_most"]
        assert counted["max"] <= bound + AROUND
        assert bound <= tight * counted["max"]
    assert spiked >= 500
    assert set(used) >= KERNELS
