# SPDX-License-Identifier: Apache-2.0
"""Analog input and counts by core: the kernels that a plan takes, and what they read."""

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.nets import ints, network, population

from ranvier.ir import Decay, Dense, Encoding, Network, Projection
from ranvier.targets.mcu.layouts import blocks
from ranvier.targets.mcu.lower import lower
from ranvier.targets.mcu.reasons import reasons
from ranvier.targets.mcu.state import members


def layer(raw: Encoding, targets: int = 5) -> Network:
    """Return one layer on encoded input, its sums within 16 bits for analog values."""
    weight = np.arange(targets * raw.channels).reshape(targets, raw.channels) % 7 - 3
    return network(
        encoding=raw,
        populations=(population("p", targets, fires=False, decay=Decay(factor=ints(0))),),
        projections=(Projection(source="input", target="p", connection=Dense(weight=weight)),),
    )


ANALOG = Encoding(channels=11, raw="int8", raw_low=-127, raw_high=127, raw_scale=1.0)
COUNTS = Encoding(channels=11, raw="uint8", raw_low=0, raw_high=255, raw_scale=1.0)


@pytest.mark.parametrize(
    ("core", "kernel", "read", "says"),
    [
        ("host", "rv_project_values_i4", 11, "4-bit weights"),
        ("cortex-m0", "rv_values_set_i8_thumb1", 11, "input by eight targets at a time"),
        ("cortex-m3", "rv_values_set_i8_packed", 11, "input by eight targets at a time"),
        ("rv32imc", "rv_values_set_i8_packed", 11, "input by eight targets at a time"),
        ("cortex-m4", "rv_values_set_i8_dsp", 12, "input by two products an instruction"),
        ("cortex-m55", "rv_values_set_i8_helium", 16, "input by eight products an instruction"),
    ],
)
def test_analog_input(core: str, kernel: str, read: int, says: str) -> None:
    """The state has room for all values that a kernel reads at once."""
    plan = lower(layer(ANALOG), core)
    (p,) = plan.populations
    assert p.projections[0].kernel == kernel
    assert {name: n for _, name, n, _ in members(plan)}["input"] == read
    assert says in "; ".join(reasons(plan, p, core))


@pytest.mark.parametrize(
    ("core", "family"),
    [("cortex-m0", "packed"), ("cortex-m3", "packed"), ("rv32imc", "packed"),
     ("cortex-m4", "dsp"), ("cortex-m55", "helium"), ("host", "")],
)  # fmt: skip
def test_counts(core: str, family: str) -> None:
    """They are events on every core with kernels for events, as values are where there are many."""
    n = layer(COUNTS)
    heavy = replace(n.projections[0], connection=Dense(weight=np.full((5, 11), 90)))
    plan = lower(replace(n, projections=(heavy,)), core)
    (p,) = plan.populations
    assert (plan.few > 0) == (p.few is not None) == bool(family)
    if p.few is not None:
        assert plan.few == 21  # of 22, the list's room
        assert p.few.projections[0].kernel == f"rv_events_set_i8_{family}"
        assert p.projections[0].layout is p.few.projections[0].layout


def test_blocks_of_eight_sources() -> None:
    """Target by target, eight sources each, what is missing weighing nothing."""
    weight = np.arange(-90, 90).reshape(10, 18) % 100 - 50
    laid = blocks(Dense(weight=weight)).weight.reshape(2, 3, 8, 8)
    for i, j in np.ndindex(16, 24):
        expected = weight[i, j] if i < 10 and j < 18 else 0
        assert laid[i // 8, j // 8, i % 8, j % 8] == expected
