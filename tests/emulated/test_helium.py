# SPDX-License-Identifier: Apache-2.0
"""The kernels for Helium at their ends: every way through them, the last sum that fits."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.needs import need_program
from tests.unit.nets import ints, network, population

from ranvier.check import check
from ranvier.frontends.data import make_data
from ranvier.ir import Decay, Decode, Dense, Encoding, Fire, IntArray, Network, Projection, Reset
from ranvier.targets.mcu.board import board
from ranvier.targets.mcu.lower import lower
from ranvier.tools.verbs.compile import compile
from ranvier.tools.verbs.verify import Verification, verify

BOARD = "qemu-mps3-an547"


def leaky(
    weight: IntArray, threshold: IntArray, *, loop: bool = False, factor: int = 0, shift: int = 0
) -> Network:
    """Return neurons on spikes; with a `loop`, each inhibits all a step later."""
    targets, sources = weight.shape
    inhibition = np.full((targets, targets), -1)
    inhibition[-1, -1] = -9  # which needs a byte
    weights = [weight, inhibition] if loop else [weight]
    return network(
        encoding=Encoding(channels=sources, raw="uint8", raw_low=0, raw_high=1, raw_scale=1.0),
        populations=(
            population(
                "p",
                targets,
                decay=Decay(kind="leak", factor=ints(factor), shift=16),
                fire=Fire(compare=">", threshold=threshold),
                reset=Reset(kind="value", value=ints(-7)),
            ),
        ),
        projections=tuple(
            Projection(
                source="p" if k else "input",
                target="p",
                connection=Dense(weight=w),
                delay=k,
                shift=shift,
            )
            for k, w in enumerate(weights)
        ),
        decode=Decode(rule="spike-count", sources=("p",), multiplier=ints(1)),
    )


def ran(n: Network, x: NDArray[np.integer], folder: Path) -> Verification:
    need_program(board(BOARD).compiler, board(BOARD).package)
    need_program("qemu-system-arm", "qemu-system-arm")
    result = verify(compile(check(n), BOARD, folder / "build").build, make_data(x))
    assert result.first_mismatch is None
    return result


def kernels(n: Network) -> set[str]:
    return {
        k
        for p in lower(n, "cortex-m55").populations
        for k in (p.kernel, *(q.kernel for q in p.projections))
    }


@pytest.mark.parametrize("targets", [1, 7, 8, 9, 17, 65])
def test_every_number_of_events(targets: int, tmp_path: Path) -> None:
    """None to 21 events, which is every way through the kernel, and more than 257."""
    rng = np.random.default_rng(targets)
    weight = rng.integers(-100, 101, (targets, 300))
    n = leaky(weight, rng.integers(-20, 200, targets), loop=True, factor=6554)
    assert kernels(n) == {
        "rv_events_set_i8_helium", "rv_events_add_i8_helium", "rv_lif_i16_helium"
    }  # fmt: skip
    x = np.zeros((1, 24, 300), np.uint8)
    for step, number in enumerate([*range(22), 258, 300]):
        x[0, step, rng.permutation(300)[:number]] = 1
    assert ran(n, x, tmp_path).spikes > targets


@pytest.mark.parametrize("weight", [127, -127])
@pytest.mark.parametrize(("sources", "narrow"), [(257, True), (258, True), (259, False)])
def test_sums_reach_the_end_of_16_bits(
    weight: int, sources: int, narrow: bool, tmp_path: Path
) -> None:
    """VQRDMLAH would saturate one event later; neighbours of the other sign fill the other byte."""
    sign = np.where(np.arange(20) % 3 == 0, -1, 1)
    w = np.tile((weight * sign)[:, None], (1, sources))
    theta = np.where(np.arange(20) % 2 == 0, 32767, -32768)
    n = leaky(w, theta)
    assert ("rv_events_set_i8_helium" in kernels(n)) == narrow
    x = np.ones((1, 4, sources), np.uint8)
    x[0, 1, -2:] = 0
    ran(n, x, tmp_path)


def test_the_lowest_weight_of_a_byte_has_no_pair(tmp_path: Path) -> None:
    """-128 in both bytes of a lane would be read as a positive number."""
    w = np.full((20, 9), -128)
    n = leaky(w, np.full(20, -200))
    assert "rv_events_set_i8" in kernels(n)
    ran(n, np.ones((1, 4, 9), np.uint8), tmp_path)


@pytest.mark.parametrize(("factor", "shift"), [(0, 0), (1, 7), (32767, 0), (32767, -3), (0, -30)])
def test_membranes_saturate_and_thresholds_are_at_the_ends(
    factor: int, shift: int, tmp_path: Path
) -> None:
    rng = np.random.default_rng(shift % 64)
    sign = rng.choice([-1, 1], 33)
    weight = np.tile((100 * sign)[:, None], (1, 2))
    theta = rng.choice([-32768, -32767, -1, 0, 32766, 32767], 33)
    n = leaky(weight, theta, loop=shift >= 0, factor=factor, shift=shift)
    assert {"rv_lif_i16_helium", "rv_lif_i16_shift_helium"} & kernels(n)
    x = np.ones((1, 300, 2), np.uint8)
    x[0, ::7] = 0
    result = ran(n, x, tmp_path)
    assert result.spikes > 0
    assert result.saturations > 0 or factor or shift < 0
