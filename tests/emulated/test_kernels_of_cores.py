# SPDX-License-Identifier: Apache-2.0
"""The kernels of each core, on that core: random networks == the golden model."""

from collections import Counter
from dataclasses import replace
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.cases import FULL
from tests.needs import need_program
from tests.strategy_spikes import inputs, spiking
from tests.unit.nets import ints, network, population

from ranvier.check import check
from ranvier.errors import RanvierError
from ranvier.frontends.data import make_data
from ranvier.ir import (
    Decay,
    Decode,
    Dense,
    Encoding,
    Fire,
    Network,
    Projection,
    Reset,
    Sparse,
    SynapticState,
)
from ranvier.targets.mcu.board import board
from ranvier.targets.mcu.lower import lower
from ranvier.tools.verbs.compile import compile
from ranvier.tools.verbs.verify import verify

DSP = {
    *(f"rv_events_{how}_i8_dsp" for how in ("set", "add")),
    "rv_values_set_i8_dsp",
    "rv_lif_i16_dsp",
    "rv_lif_i16_left_dsp",
    "rv_population_i16_pairs",
}

HELIUM = {
    f"rv_{kernel}_helium"
    for kernel in ("events_set_i8", "events_add_i8", "lif_i16", "lif_i16_shift", "values_set_i8")
}
# board: what runs values on its core, and the columns that counts take.
VALUES = {
    "qemu-microbit": ("rv_values_set_i8_thumb1", "packed"),
    "qemu-mps2-an385": ("rv_values_set_i8_packed", "packed"),
    "qemu-mps2-an386": ("rv_values_set_i8_dsp", "paired"),
    "qemu-mps3-an547": ("rv_values_set_i8_helium", "halves"),
    "qemu-riscv32": ("rv_values_set_i8_packed", "packed"),
}

FEW_BITS = ("set_i4", "add_i4", "set_i2", "add_i2")
DSP |= {f"rv_events_{how}_dsp" for how in FEW_BITS}
PACKED = {f"rv_events_{how}_packed" for how in ("set_i8", *FEW_BITS)}

SOUGHT = 2000  # networks at most, of which most are only looked at


def used(n: Network, core: str) -> frozenset[str]:
    """Return the kernels that a network runs on a core, whatever comes in."""
    return lower(n, core).kernels


@st.composite
def with_input(draw: Any) -> tuple[Network, NDArray[Any]]:
    n = check(draw(spiking().filter(accepted)))
    return n, draw(inputs(n))


def look_for(kernel: str, core: str) -> tuple[Network, NDArray[Any]]:
    """Return a random network with a kernel that few have."""
    return find(
        with_input(),
        lambda drawn: kernel in used(drawn[0], core),
        settings=settings(max_examples=SOUGHT, phases=(Phase.generate,), database=None),
        random=Random(1),
    )


def accepted(n: Network) -> bool:
    try:
        lower(n)
    except RanvierError:
        return False
    return True


@pytest.mark.parametrize(
    ("name", "examples", "kernels"),
    [
        ("qemu-microbit", 4, {"rv_lif_i16_thumb1", "rv_values_set_i8_thumb1", *PACKED}),
        ("qemu-mps2-an385", 3, PACKED),
        ("qemu-mps2-an386", 8, DSP),
        ("qemu-mps2-an500", 3, set()),
        ("qemu-mps2-an505", 3, {"rv_events_set_i8_dsp"}),
        ("qemu-mps3-an547", 7, HELIUM),
        ("qemu-riscv32", 3, PACKED),
    ],
)
def test_random_networks(name: str, examples: int, kernels: set[str], tmp_path: Path) -> None:
    need_program(board(name).compiler, board(name).package)
    need_program(board(name).emulator, board(name).emulator_package)
    found = Counter[str]()

    def run(n: Network, x: NDArray[Any]) -> None:
        build = compile(n, name, tmp_path / f"{found['networks']}").build
        result = verify(build, make_data(x))
        assert result.first_mismatch is None
        found["networks"] += 1
        found["spikes"] += result.spikes
        found.update(used(n, board(name).core))

    @settings(
        max_examples=20 * examples if FULL else examples, phases=(Phase.generate,), deadline=None
    )
    @given(with_input())
    def sweep(drawn: tuple[Network, NDArray[Any]]) -> None:
        run(*drawn)

    sweep()
    for wanted in sorted(kernels):
        if wanted not in found:
            run(*look_for(wanted, board(name).core))
    assert found["spikes"] >= 50 * examples
    assert kernels <= found.keys()


@pytest.mark.parametrize("shift", [0, 2])
@pytest.mark.parametrize(
    ("name", "kernel"),
    [
        ("qemu-microbit", "rv_lif_i16_thumb1"),
        ("qemu-mps2-an385", "rv_lif_i16_alike"),
        ("qemu-riscv32", "rv_lif_i16_alike"),
    ],
)
def test_neurons_that_are_alike(name: str, kernel: str, shift: int, tmp_path: Path) -> None:
    """Up to both ends of 16 bits, by every factor, thresholds always met to never met."""
    need_program(board(name).compiler, board(name).package)
    need_program(board(name).emulator, board(name).emulator_package)
    rng = np.random.default_rng(shift)
    levels = (-32768, -1, 0, 300, 3000, 20000, 32766, 32767)
    layers = tuple(
        replace(
            population(f"p{k}", size, decay=Decay(kind="leak", shift=16, factor=ints(factor))),
            fire=Fire(compare=">", threshold=rng.choice(levels, size)),
            reset=Reset(kind="value", value=ints((0, 7, -32768, 32767)[k % 4])),
        )
        for k, (factor, size) in enumerate(product((0, 1, 6554, 32768, 65535), (3, 24)))
    )
    n = network(
        encoding=Encoding(channels=40, raw="uint8", raw_low=0, raw_high=1, raw_scale=1.0),
        populations=layers,
        projections=tuple(
            Projection(
                source="input", target=p.name, shift=shift,
                connection=Dense(weight=rng.integers(-127, 128, (p.size, 40))),
            )
            for p in layers
        ),
        decode=Decode(rule="spike-count", sources=("p9",), multiplier=ints(1)),
    )  # fmt: skip
    wanted = kernel if shift == 0 else "rv_lif_i16_left_alike"
    assert used(n, board(name).core) == {wanted, "rv_events_set_i8_packed"}
    x = (rng.random((2, 40, 40)) < rng.choice((0.0, 0.03, 0.5, 1.0), (2, 40, 1))).astype(np.uint8)
    result = verify(compile(check(n), name, tmp_path / "build").build, make_data(x))
    assert result.first_mismatch is None
    assert result.spikes >= 1000 and result.saturations >= 100


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize(
    ("sources", "weight", "shift", "low", "wide"),
    [
        (1, -1, 0, -32767, ""),
        (1, -1, 0, -32768, "rv_project_values_i2"),
        (500, 127, -17, -32767, ""),
        (500, -127, -15, -32767, "rv_project_values_i8"),
    ],
)
def test_values_fill_16_bits(
    sources: int, weight: int, shift: int, low: int, wide: str, name: str, tmp_path: Path
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
    need_program(board(name).compiler, board(name).package)
    need_program(board(name).emulator, board(name).emulator_package)
    kernel = wide or VALUES[name][0]
    assert lower(n, board(name).core).populations[0].projections[0].kernel == kernel
    x = np.array([low, 32767, 1, -1], np.int16)[None, :, None].repeat(sources, axis=2)
    build = compile(check(n), name, tmp_path / "build").build
    assert verify(build, make_data(x)).first_mismatch is None


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("shift", [-4, 2])
def test_values_of_a_random_matrix(name: str, shift: int, tmp_path: Path) -> None:
    """Every lane, group and order of weights; sources and targets that fill no whole group."""
    need_program(board(name).compiler, board(name).package)
    need_program(board(name).emulator, board(name).emulator_package)
    rng = np.random.default_rng(shift % 8)
    low, high = (-3, 3) if shift > 0 else (-128, 127)
    layers = [population(f"p{n}", n, fires=False, decay=Decay(factor=ints(0))) for n in (3, 24)]
    n = network(
        encoding=Encoding(channels=19, raw="int8", raw_low=-128, raw_high=127, raw_scale=1.0),
        populations=tuple(layers),
        projections=tuple(
            Projection(
                source="input",
                target=p.name,
                connection=Dense(weight=rng.integers(low, high + 1, (p.size, 19))),
                shift=shift,
            )
            for p in layers
        ),
    )
    assert VALUES[name][0] in used(n, board(name).core)
    x = rng.integers(-128, 128, (1, 12, 19)).astype(np.int8)
    assert (
        verify(compile(check(n), name, tmp_path / "build").build, make_data(x)).first_mismatch
        is None
    )


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize(("targets", "shift", "bias"), [(3, 0, 0), (9, 2, 0), (17, 1, 5)])
def test_counts_are_events_where_they_are_few(
    targets: int, shift: int, bias: int, name: str, tmp_path: Path
) -> None:
    """As many events as 16 bits hold, one more, and far more; a loop runs beside them."""
    channels = 40
    need_program(board(name).compiler, board(name).package)
    need_program(board(name).emulator, board(name).emulator_package)
    core, laid = board(name).core, VALUES[name][1]
    rng = np.random.default_rng(targets)

    def into(source: str, sources: int, delay: int) -> Projection:
        weight = rng.integers(-127, 128, (targets, sources))
        weight[0] = np.sign(weight[0, 0]) * 127
        return Projection(
            source=source, target="p", connection=Dense(weight=weight), shift=shift, delay=delay
        )

    leaky = population("p", targets, decay=Decay(kind="leak", factor=ints(6554), shift=16))
    n = network(
        encoding=Encoding(channels=channels, raw="uint8", raw_low=0, raw_high=255, raw_scale=1.0),
        populations=(
            replace(
                leaky,
                bias=ints(bias),
                fire=Fire(compare=">", threshold=rng.integers(50, 3000, targets)),
            ),
        ),
        projections=(into("input", channels, 0), into("p", targets, 1)),
        decode=Decode(rule="spike-count", sources=("p",), multiplier=ints(1)),
    )
    plan = lower(n, core)
    assert {f"rv_project_{laid}_{what}_i8" for what in ("events", "values")} <= used(n, core)
    fast = {"rv_lif_i16_left_dsp", "rv_lif_i16_left_alike", "rv_lif_i16_shift_helium"}
    assert bool(fast & used(n, core)) == (shift > 0 and not bias and laid != "packed")
    totals = np.array([0, 1, 3, plan.few - 1, plan.few, plan.few + 1, 0, 2 * plan.few, 10200])
    x = np.stack([_counts(rng, channels, int(n)) for n in np.tile(totals, 3)])
    x[-1] = 255
    build = compile(check(n), name, tmp_path / "build").build
    result = verify(build, make_data(x[None]))
    assert result.first_mismatch is None
    assert result.spikes > 20


@pytest.mark.parametrize("shift", [0, 2])
def test_a_ring_buffer_limits_values_before_they_are_shifted(shift: int, tmp_path: Path) -> None:
    name = "qemu-mps2-an386"
    need_program(board(name).compiler, board(name).package)
    need_program("qemu-system-arm", "qemu-system-arm")
    ring = SynapticState(
        decay=Decay(kind="leak", factor=ints(4096), shift=16),
        bias=ints(0),
        gain=ints(1),
        accumulate="ring-buffer",
        ring_bits=8,
    )
    n = network(
        encoding=Encoding(channels=4, raw="int8", raw_low=0, raw_high=100, raw_scale=1.0),
        populations=(
            replace(
                population("p", 3, synapses=(ring,)),
                fire=Fire(compare=">", threshold=np.full(3, 700)),
            ),
        ),
        projections=(
            Projection(
                source="input",
                target="p",
                connection=Dense(weight=np.full((3, 4), 10)),
                shift=shift,
            ),
        ),
        decode=Decode(rule="spike-count", sources=("p",), multiplier=ints(1)),
    )
    x = np.zeros((1, 12, 4), np.int8)
    x[0, :, 0] = 9 * np.arange(12)
    build = compile(check(n), name, tmp_path / "build").build
    assert verify(build, make_data(x)).first_mismatch is None


@pytest.mark.parametrize("core", ["cortex-m0", "cortex-m3", "cortex-m4", "cortex-m55", "rv32imc"])
def test_whole_groups_are_counted_in_16_bits(core: str) -> None:
    """Also of a population of as many neurons as there may be."""
    for size in (65519, 65530):
        connection = Sparse(
            source=np.zeros(size, np.int64),
            target=np.arange(size),
            weight=np.ones(size, np.int64),
            shape=(size, 1),
        )
        n = network(
            encoding=Encoding(channels=1, raw="uint8", raw_low=0, raw_high=1, raw_scale=1.0),
            populations=(population("p", size, fires=False, decay=Decay(factor=ints(0))),),
            projections=(Projection(source="input", target="p", connection=connection),),
        )
        (p,) = lower(n, core).populations
        assert p.padded <= 65535


def _counts(rng: np.random.Generator, channels: int, total: int) -> NDArray[np.uint8]:
    """Return counts that come to `total`, most of them in few channels."""
    counts = np.zeros(channels, np.int64)
    while counts.sum() < total:
        k = rng.integers(channels) if rng.integers(2) else 0
        room = min(255 - counts[k], total - counts.sum())
        counts[k] += rng.integers(1, room + 1) if room else 0
    return counts.astype(np.uint8)
