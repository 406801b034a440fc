# SPDX-License-Identifier: Apache-2.0
"""Weights of a few bits: where each stands, and which layers have them."""

from dataclasses import replace

import numpy as np
import pytest

from ranvier.ir import Dense
from ranvier.targets.mcu import costs
from ranvier.targets.mcu.costs import EventCost
from ranvier.targets.mcu.lower import lower
from ranvier.targets.mcu.reasons import reasons
from ranvier.targets.mcu.subbyte import PORTABLE, REGISTERS, bits_of, columns, fields
from ranvier.tools.dev.icount.nets import layers, of_bits


@pytest.mark.parametrize(("bits", "size"), [(4, 4), (2, 4)])
def test_fields_of_a_word_are_numbered_in_reverse(bits: int, size: int) -> None:
    count = 32 // bits
    digits = count.bit_length() - 1
    found = fields(4 if bits == 4 else 2, size)
    assert found == [int(f"{i:0{digits}b}"[::-1], 2) for i in range(count)]


@pytest.mark.parametrize("register", [PORTABLE, *REGISTERS.values()])
@pytest.mark.parametrize("bits", [4, 2])
def test_every_weight_has_its_field(register: object, bits: int) -> None:
    low = -(1 << (bits - 1))
    w = np.random.default_rng(bits).integers(low, -low, (70, 3))
    laid = columns(Dense(weight=w), 4 if bits == 4 else 2, register)  # type: ignore[arg-type]
    each = 8 // bits
    split = (laid.weight[:, :, None] >> (bits * np.arange(each))) & ((1 << bits) - 1)
    order = fields(laid.bits, register.size)  # type: ignore[attr-defined]
    back = np.empty((3, split[0].size // len(order), len(order)), np.int64)
    back[:, :, order] = split.reshape(back.shape)
    np.testing.assert_array_equal(back.reshape(3, -1)[:, :70] + low, w.T)


@pytest.mark.parametrize(
    ("low", "high", "bits"), [(-2, 1, 2), (-1, 2, 4), (-3, 0, 4), (-8, 7, 4), (0, 8, None)]
)
def test_the_weights_themselves_say_how_many_bits(low: int, high: int, bits: int | None) -> None:
    assert bits_of(Dense(weight=np.array([[low, high]]))) == bits


@pytest.mark.parametrize("core", ["cortex-m0", "cortex-m3", "cortex-m4", "rv32imc", "host"])
def test_rom_is_halved_and_quartered(core: str) -> None:
    sizes = []
    for bits in (8, 4, 2):
        made = layers(128, 256, 16)
        plan = lower(of_bits(made, bits) if bits < 8 else made, core)
        sizes.append(sum(q.layout.rom for p in plan.populations for q in p.projections))
    assert sizes[0] == 2 * sizes[1] == 4 * sizes[2]


@pytest.mark.parametrize("table", ["SUB_BYTE", "LONE"])
def test_bytes_stay_where_a_few_bits_take_too_long(
    table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    n = of_bits(layers(64, 64), 4)
    plan = lower(n, "cortex-m4")
    assert plan.populations[0].projections[0].kernel == "rv_events_set_i4_dsp"
    assert any("2 to a byte" in r for r in reasons(plan, plan.populations[0], "cortex-m4"))
    figures: dict[str, dict[int, EventCost]] = getattr(costs, table)
    monkeypatch.setitem(figures, "dsp", {**figures["dsp"], 4: EventCost(5, 2.0)})
    assert lower(n, "cortex-m4").populations[0].projections[0].kernel == "rv_events_set_i8_dsp"


def test_a_layer_too_small_to_gain_keeps_bytes() -> None:
    """On Helium whole groups of 64 would take more than 16 bytes."""
    n = of_bits(layers(8, 3), 2)
    (p,) = lower(n, "cortex-m55").populations
    assert p.projections[0].kernel == "rv_events_set_i8_helium"
    assert p.group == 16
    wide = replace(n, populations=tuple(replace(x, bits=32) for x in n.populations))
    assert lower(wide, "cortex-m55").populations[0].projections[0].kernel == "rv_project_events_i2"
