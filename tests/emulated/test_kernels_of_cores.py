# SPDX-License-Identifier: Apache-2.0
"""The kernels of each core, on that core: random networks == the golden model."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.needs import need_program
from tests.strategy_spikes import inputs, spiking
from tests.unit.nets import ints, network, population

from ranvier.check import check
from ranvier.errors import RanvierError
from ranvier.frontends.data import make_data
from ranvier.ir import Decay, Dense, Encoding, Network, Projection
from ranvier.targets.mcu.board import board
from ranvier.targets.mcu.lower import lower
from ranvier.tools.verbs.compile import compile
from ranvier.tools.verbs.verify import verify

DSP = {
    f"rv_{kernel}_dsp"
    for kernel in ("events_set_i8", "events_add_i8", "values_set_i8", "lif_i16", "lif_i16_left")
}


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
        x = data.draw(inputs(n))
        build = compile(n, name, tmp_path / f"{found.total()}").build
        result = verify(build, make_data(x))
        assert result.first_mismatch is None
        found["spikes"] += result.spikes
        for p in lower(n, board(name).core).populations:
            found.update([p.kernel, *(q.kernel for q in p.projections)])

    sweep()
    assert found["spikes"] >= 50 * examples
    assert kernels <= found.keys()


@pytest.mark.parametrize(
    ("sources", "weight", "shift", "low", "kernel"),
    [
        (1, -1, 0, -32767, "rv_values_set_i8_dsp"),
        (1, -1, 0, -32768, "rv_project_values_i8"),
        (500, 127, -17, -32767, "rv_values_set_i8_dsp"),
        (500, -127, -15, -32767, "rv_project_values_i8"),
    ],
)
def test_values_fill_16_bits(
    sources: int, weight: int, shift: int, low: int, kernel: str, tmp_path: Path
) -> None:
    """The largest sums that fit 16 bits once they are shifted, and those that don't."""
    n = network(
        encoding=Encoding(
            channels=sources, raw="int16", raw_low=low, raw_high=32767, raw_scale=1.0
        ),
        populations=(population("p", 3, fires=False, decay=Decay(factor=ints(0))),),
        projections=(
            Projection(
                source="input",
                target="p",
                connection=Dense(weight=np.full((3, sources), weight)),
                shift=shift,
            ),
        ),
    )
    name = "qemu-mps2-an386"
    need_program(board(name).compiler, board(name).package)
    need_program("qemu-system-arm", "qemu-system-arm")
    assert lower(n, "cortex-m4").populations[0].projections[0].kernel == kernel
    x = np.array([low, 32767, 1, -1], np.int16)[None, :, None].repeat(sources, axis=2)
    build = compile(check(n), name, tmp_path / "build").build
    assert verify(build, make_data(x)).first_mismatch is None
