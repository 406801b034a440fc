# SPDX-License-Identifier: Apache-2.0
"""Weights of 4 and 2 bits on every core: every number of events, both ends of 16 bits."""

from pathlib import Path

import numpy as np
import pytest
from tests.needs import need_program
from tests.unit.nets import ints, network, population

from ranvier.check import check
from ranvier.frontends.data import make_data
from ranvier.ir import Decay, Dense, Encoding, Network, Projection
from ranvier.targets.mcu.board import NAMES, board
from ranvier.targets.mcu.cores import CORES
from ranvier.targets.mcu.lower import lower
from ranvier.targets.mcu.subbyte import REGISTERS
from ranvier.tools.verbs.compile import compile
from ranvier.tools.verbs.verify import verify

BOARDS = [name for name in NAMES if board(name).emulator]


def readout(bits: int, targets: int, sources: int) -> Network:
    """Return readouts of random weights, of which the first two take both ends of 16 bits."""
    low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    weight = np.random.default_rng(bits).integers(low, high + 1, (2, targets, sources // 2))
    weight[:, 0], weight[:, 1] = high, np.where(np.arange(sources // 2) < 16384 // -low, low, 0)
    return network(
        encoding=Encoding(channels=sources, raw="uint8", raw_low=0, raw_high=1, raw_scale=1.0),
        populations=(population("p", targets, fires=False, decay=Decay(factor=ints(0))),),
        projections=tuple(
            Projection(
                source="input", target="p",
                connection=Dense(weight=np.roll(np.pad(w, ((0, 0), (0, sources - w.shape[1]))),
                                                k * (sources // 2), axis=1)),
            )
            for k, w in enumerate(weight)
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "sources"),
    [*((name, 92) for name in BOARDS), ("qemu-mps2-an386", 4680), ("qemu-mps3-an547", 4680)],
)
def test_four_bits(name: str, sources: int, tmp_path: Path) -> None:
    _same(name, readout(4, 33, sources), tmp_path)


@pytest.mark.parametrize("name", BOARDS)
def test_two_bits(name: str, tmp_path: Path) -> None:
    _same(name, readout(2, 100, 92), tmp_path)


def _same(name: str, n: Network, folder: Path) -> None:
    found = board(name)
    need_program(found.compiler, found.package)
    need_program(found.emulator, found.emulator_package)
    suffix = REGISTERS[CORES[found.core]].suffix
    kernels = [q.kernel for q in lower(n, found.core).populations[0].projections]
    bits = 4 if "_i4" in kernels[0] else 2
    assert kernels == [f"rv_events_{how}_i{bits}{suffix}" for how in ("set", "add")]
    channels = n.encoding.channels
    counts = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 17, 18, 35, channels // 2, channels - 1, channels]
    order = np.random.default_rng(1).permuted(
        np.tile(np.arange(channels), (len(counts), 1)), axis=1
    )
    x = (order < np.array(counts)[:, None]).astype(np.uint8)[None]
    result = verify(compile(check(n), name, folder / "b").build, make_data(x))
    assert result.first_mismatch is None
    assert result.compared["states"] > 0
