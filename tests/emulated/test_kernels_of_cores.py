# SPDX-License-Identifier: Apache-2.0
"""The kernels of each core, on that core: random networks == the golden model."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.needs import need_program
from tests.strategy_spikes import spikes, spiking

from ranvier.check import check
from ranvier.errors import RanvierError
from ranvier.frontends.data import make_data
from ranvier.ir import Network
from ranvier.targets.mcu.board import board
from ranvier.targets.mcu.lower import lower
from ranvier.tools.verbs.compile import compile
from ranvier.tools.verbs.verify import verify

DSP = {"rv_events_set_i8_dsp", "rv_events_add_i8_dsp", "rv_lif_i16_dsp"}


def accepted(n: Network) -> bool:
    try:
        lower(n)
    except RanvierError:
        return False
    return True


@pytest.mark.parametrize(
    ("name", "examples", "kernels"),
    [
        ("qemu-microbit", 10, set()),
        ("qemu-mps2-an385", 10, {"rv_events_set_i8_packed"}),
        ("qemu-mps2-an386", 40, DSP),
        ("qemu-mps2-an500", 10, set()),
        ("qemu-mps2-an505", 10, {"rv_events_set_i8_dsp"}),
        ("qemu-mps3-an547", 10, set()),
    ],
)
def test_random_networks(name: str, examples: int, kernels: set[str], tmp_path: Path) -> None:
    need_program(board(name).compiler, board(name).package)
    need_program("qemu-system-arm", "qemu-system-arm")
    found = Counter[str]()

    @settings(max_examples=examples, phases=(Phase.generate,), deadline=None)
    @given(st.data())
    def sweep(data: st.DataObject) -> None:
        n = check(data.draw(spiking().filter(accepted)))
        x = data.draw(spikes(n))
        build = compile(n, name, tmp_path / f"{found.total()}").build
        result = verify(build, make_data(x))
        assert result.first_mismatch is None
        found["spikes"] += result.spikes
        for p in lower(n, board(name).core).populations:
            found.update([p.kernel, *(q.kernel for q in p.projections)])

    sweep()
    assert found["spikes"] >= 50 * examples
    assert kernels <= found.keys()
