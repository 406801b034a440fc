# SPDX-License-Identifier: Apache-2.0
"""The simulated core through its SPI pins alone, driven by the driver that users get."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cases import FULL
from tests.hdl.boards import board, compare, load
from tests.hdl.cores import need_verilator
from tests.hdl.random_networks import KINDS, networks, planned

from ranvier.targets.fpga import images
from ranvier.targets.fpga.images import Parameters
from ranvier.targets.fpga.verilator import HDL


def parameters(name: str) -> Parameters:
    """Return those of a kind; of 4 lanes, events and spikes have two words each."""
    p = dict(KINDS[name].parameters().values)
    if name == "4 lanes":
        p |= {"AddressW": 16, "WeightAW": 16}
    return images.whole(p)


def on_macros() -> list[Path]:
    """Return the Verilog of a core whose memories are a chip's macros."""
    own = {f.name: f for f in (HDL / "asic").glob("*.v")}
    return sorted(({f.name: f for f in (HDL / "rtl").glob("*.v*")} | own).values())


@pytest.mark.parametrize(
    ("name", "rtl"),
    [
        ("8 lanes", None), ("4 lanes", None), ("8 lanes, 24 bits", None),
        pytest.param("1 lane", on_macros(), id="1 lane, macros"),
    ],
)  # fmt: skip
def test_random_networks_through_the_pins_equal_the_golden_model(
    name: str, rtl: list[Path] | None
) -> None:
    need_verilator()
    kind, total, p = KINDS[name], Counter[str](), parameters(name)
    pin = board(p, rtl=rtl)

    @settings(max_examples=200 if FULL else 6)
    @given(st.data())
    def run(data: st.DataObject) -> None:
        network, raw = data.draw(networks(kind))
        plan = planned(network, kind)
        total.update(compare(network, plan, load(pin, plan, p), raw))

    run()
    pin.close()
    assert total["spikes"] and total["states"] > 100, total
