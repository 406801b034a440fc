# SPDX-License-Identifier: Apache-2.0
"""Leaky neurons two at a time, of each rule that cores with the DSP extension take them by."""

from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.needs import need_program
from tests.unit.nets import ints, network, population

from ranvier import connections
from ranvier.check import check
from ranvier.frontends.data import make_data
from ranvier.ir import Decay, Decode, Dense, Encoding, Fire, Network, Population, Projection, Reset
from ranvier.targets.mcu.board import board
from ranvier.targets.mcu.lower import lower
from ranvier.tools.verbs.compile import compile
from ranvier.tools.verbs.verify import verify

PAIRS = "rv_population_i16_pairs"
BOARD = "qemu-mps2-an386"
RULES = [
    (kind, timing, compare, bias)
    for kind, timing in product(("value", "subtract"), ("now", "next-membrane"))
    for compare in (">", ">=")
    for bias in (0, 4000)
    if (kind, timing, compare, bias) != ("value", "now", ">", 0)  # rv_lif_i16_dsp
]
CHANNELS = 40


def layer(k: int, size: int, factor: int, rule: Any, rng: np.random.Generator) -> Population:
    """Return neurons of a rule whose thresholds are met always to never."""
    kind, timing, compare, bias = rule
    levels: tuple[int, ...] = (0, 300, 3000, 20000, 32766, 32767)
    if kind == "value":
        levels = (-32768, -1, *levels)
    if (kind, timing) == ("subtract", "next-membrane"):
        levels = levels[:4]  # what is taken off goes with the sum, and both fit 16 bits
    return replace(
        population(f"p{k}", size, decay=Decay(kind="leak", shift=16, factor=ints(factor))),
        fire=Fire(compare=compare, threshold=rng.choice(levels, size)),
        bias=rng.integers(-bias, bias, size, endpoint=True),
        reset=Reset(
            kind=kind, timing=timing,
            value=ints((0, 7, -32768, 32767)[k % 4] if kind == "value" else 0),
        ),
    )  # fmt: skip


def joined(layers: tuple[Population, ...], shift: int, rng: np.random.Generator) -> Network:
    return check(
        network(
            encoding=Encoding(
                channels=CHANNELS, raw="uint8", raw_low=0, raw_high=1, raw_scale=1.0
            ),
            populations=layers,
            projections=tuple(
                Projection(
                    source="input", target=p.name, shift=shift,
                    connection=Dense(weight=rng.integers(-70, 71, (p.size, CHANNELS))),
                )
                for p in layers
            ),
            decode=Decode(rule="spike-count", sources=(layers[-1].name,), multiplier=ints(1)),
        )
    )  # fmt: skip


@pytest.mark.parametrize("shift", [0, 2])
@pytest.mark.parametrize("name", [BOARD, "qemu-mps2-an500", "qemu-mps2-an505"])
def test_every_rule_equals_the_golden_model(name: str, shift: int, tmp_path: Path) -> None:
    """By a least and the greatest factor, up to both ends of 16 bits; groups not whole."""
    need_program(board(name).compiler, board(name).package)
    need_program(board(name).emulator, board(name).emulator_package)
    rng = np.random.default_rng(shift)
    rules = RULES if name == BOARD else RULES[:: len(RULES) // 3]
    layers = tuple(
        layer(k, size, factor, rule, rng)
        for k, (rule, (factor, size)) in enumerate(product(rules, ((1, 24), (32767, 6))))
    )
    n = joined(layers, shift, rng)
    assert {p.kernel for p in lower(n, board(name).core).populations} == {PAIRS}
    x = (rng.random((2, 40, CHANNELS)) < rng.choice((0.0, 0.03, 0.5, 1.0), (2, 40, 1))).astype(
        np.uint8
    )
    result = verify(compile(n, name, tmp_path / "build").build, make_data(x))
    assert result.first_mismatch is None
    assert result.spikes >= 1000 and result.saturations >= 100


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"bias": ints(32000)}, "a sum and a bias that do not fit 16 bits"),
        ({"decay": Decay(kind="leak", shift=16, factor=ints(32768))}, "SMULBT reads 16 bits"),
        ({"decay": Decay(kind="leak", shift=16, factor=ints(1, 2, 3))}, "a factor each"),
        ({"lower_bound": ints(-5)}, "a lower bound"),
        ({"fire": Fire(compare=">", threshold=ints(-1, 5, 5))}, "a negative threshold"),
        ({"reset": Reset(kind="subtract", timing="next-surplus", value=ints(0))}, "another moment"),
    ],
)
def test_what_does_not_fit_is_run_by_the_general_core(changed: dict[str, Any], why: str) -> None:
    rng = np.random.default_rng(1)
    p = layer(0, 3, 6554, ("subtract", "now", ">", 0), rng)
    assert lower(joined((p,), 0, rng), "cortex-m4").populations[0].kernel == PAIRS
    odd = joined((replace(p, **changed),), 0, rng)
    assert lower(odd, "cortex-m4").populations[0].kernel != PAIRS, why


def test_a_late_reset_must_fit_with_the_sum() -> None:
    rng = np.random.default_rng(2)
    p = layer(0, 3, 6554, ("subtract", "next-membrane", ">", 0), rng)
    high = replace(p, fire=Fire(compare=">", threshold=ints(32767, 5, 5)))
    assert lower(joined((high,), 0, rng), "cortex-m4").populations[0].kernel != PAIRS


@pytest.mark.parametrize("compare", [">", ">="])
def test_neurons_that_fill_up_a_group_never_fire(compare: Any, tmp_path: Path) -> None:
    """Entries leave their sums to a larger layer's, which may drive them to the end of 16 bits."""
    need_program(board(BOARD).compiler, board(BOARD).package)
    need_program(board(BOARD).emulator, board(BOARD).emulator_package)
    rng = np.random.default_rng(5)
    late = ("subtract", "next-membrane", compare, 0)
    wide, few = layer(0, 96, 6554, late, rng), layer(1, 70, 6554, late, rng)
    n = joined((wide, few), 0, rng)
    heavy = replace(n.projections[0], connection=Dense(weight=np.full((96, CHANNELS), 127)))
    matrix = rng.integers(1, 100, (70, CHANNELS)) * (rng.random((70, CHANNELS)) < 0.1)
    thin = replace(n.projections[1], connection=connections.entries(matrix))
    n = check(replace(n, projections=(heavy, thin)))
    plan = lower(n, "cortex-m4").populations[1]
    assert plan.projections[0].layout.kind == "entries"
    assert (plan.kernel == PAIRS) == (compare == ">")
    x = np.ones((1, 40, CHANNELS), np.uint8)
    assert verify(compile(n, BOARD, tmp_path / "build").build, make_data(x)).first_mismatch is None
