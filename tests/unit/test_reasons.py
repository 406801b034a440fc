# SPDX-License-Identifier: Apache-2.0
"""What is said of a layer's kernels agrees with what decided on them."""

from dataclasses import replace

import numpy as np
import pytest

from ranvier.ir import Dense, Network, Reset
from ranvier.targets.mcu import costs
from ranvier.targets.mcu.costs import EventCost
from ranvier.targets.mcu.lower import lower
from ranvier.targets.mcu.reasons import reasons
from ranvier.tools.dev.icount.nets import joined, layers, of_bits, of_rule, sparse


def said(n: Network, core: str, layer: int = 0) -> str:
    plan = lower(n, core)
    return "\n".join(reasons(plan, plan.populations[layer], core))


def test_few_bits_say_bytes_and_instructions_of_both() -> None:
    text = said(of_bits(layers(64, 64), 4), "cortex-m4")
    many, alone = 5 + 64 * 0.74, 18 + 64 * 1.06
    assert (
        f"4-bit weights, 2 to a byte: 2048 bytes and about {many:.0f} (alone {alone:.0f})" in text
    )
    assert "a byte each takes 4096 and 56 (alone 80)" in text


def test_bytes_say_why_they_are_not_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    small = of_bits(layers(8, 3), 2)
    assert "2-bit weights would take" in said(small, "cortex-m55")
    assert "more than 1.5 times the instructions" in said(small, "cortex-m55")
    n = of_bits(layers(64, 64), 4)
    slow = {**costs.SUB_BYTE["dsp"], 4: EventCost(5, 2.0)}
    monkeypatch.setitem(costs.SUB_BYTE, "dsp", slow)
    assert "4-bit weights would take 2048 bytes and 133 (alone 86), more than" in said(
        n, "cortex-m4"
    )


def test_bytes_are_kept_for_the_tables_that_groups_fill_up() -> None:
    """On a Cortex-M4 columns of 4 bits have whole groups of 16: 1 x 8 bytes as well."""
    assert "no fewer bytes" in said(of_bits(layers(1, 8), 4), "cortex-m4")
    assert "no fewer with what fills up the layer's tables" in said(
        of_bits(layers(3, 8), 2), "cortex-m4"
    )


@pytest.mark.parametrize(
    ("core", "density", "text"),
    [
        ("cortex-m4", 0.1, "by entries, 2146 bytes and about 47 instructions an event where"),
        ("cortex-m4", 0.25, "faster than entries of 3446 bytes and about 88 instructions"),
        ("host", 0.1, "by entries, 2146 bytes where the matrix takes 4096"),
    ],
)
def test_entries_and_the_matrix_say_what_the_other_takes(
    core: str, density: float, text: str
) -> None:
    assert text in said(joined(sparse(density)), core)


@pytest.mark.parametrize(
    ("core", "text"),
    [
        ("cortex-m4", "two at a time"),
        ("cortex-m55", "eight at a time"),
        ("host", "one at a time"),
    ],
)
def test_neurons_at_a_time(core: str, text: str) -> None:
    assert f"neurons {text}" in said(layers(64, 64), core)


def test_wide_weights_say_their_width() -> None:
    n = layers(8, 3)
    wide = replace(n.projections[0], connection=Dense(weight=np.full((3, 8), 300)), bits=16)
    text = said(replace(n, projections=(wide, *n.projections[1:])), "cortex-m4")
    assert "two bytes a weight, 48 bytes" in text


def test_neurons_of_other_rules_say_why() -> None:
    late = Reset(kind="subtract", timing="next-membrane", value=np.zeros(1, np.int64))
    n = of_rule(layers(64, 64), late, 40)
    assert "neurons two at a time, compiled for their constants, about 10 in" in said(
        n, "cortex-m4"
    )
    assert "neurons of a rule without a kernel of its own" in said(n, "cortex-m3")
