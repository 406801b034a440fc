# SPDX-License-Identifier: Apache-2.0
"""The generated C of small networks and their files: a change shows up as a diff."""

from typing import Any

import numpy as np
import pytest
from tests.conftest import Golden

from ranvier import rvn
from ranvier.check import check
from ranvier.ir import (
    AffineStage,
    ClipStage,
    Conv,
    CountStage,
    Decay,
    Decode,
    Dense,
    Encoding,
    Fire,
    IntArray,
    Network,
    Pool,
    Population,
    Projection,
    RectifyStage,
    Reset,
    Sparse,
    SynapticState,
)
from ranvier.targets.mcu.emit import emit
from ranvier.targets.mcu.lower import lower


def ints(*values: int) -> IntArray:
    return np.array(values, np.int64)


def matrix(targets: int, sources: int, factor: int) -> Dense:
    """Return weights that are easy to find again in the text: each one differs."""
    return Dense(weight=factor * np.arange(1, targets * sources + 1).reshape(targets, sources))


LEAK = Decay(kind="leak", factor=ints(6554), shift=16)
NEVER = Reset(value=ints(0))


def plain() -> Network:
    """Standardised and clipped samples, LIF, LI: the kernels with fixed rules."""
    return Network(
        name="plain",
        dt=0.01,
        encoding=Encoding(
            channels=2, raw="int16", raw_low=-2048, raw_high=2047, raw_scale=1.0,
            stages=(
                AffineStage(factor=ints(1200, -800), offset=ints(8192, -4096), shift=14),
                ClipStage(low=-127, high=127),
            ),
        ),
        populations=(
            Population(
                name="hidden", size=3, decay=LEAK, bias=ints(5, 0, -5),
                fire=Fire(compare=">", threshold=ints(900, 1000, 1100)),
                reset=Reset(kind="value", value=ints(0)), scale=np.array([0.1, 0.2, 0.3]),
            ),
            Population(
                name="readout", size=2, decay=LEAK, bias=ints(0), reset=NEVER, scale=np.ones(1)
            ),
        ),
        projections=(
            Projection(source="input", target="hidden", connection=matrix(3, 2, -20)),
            Projection(source="hidden", target="readout", connection=matrix(2, 3, 10), shift=4),
        ),
        decode=Decode(
            rule="readout-mean", sources=("readout",), multiplier=ints(1), classes=("rest", "move")
        ),
    )  # fmt: skip


def current() -> Network:
    """A count window, synaptic currents, delays, several shifts, 24 and 32 bits, spike counts."""
    synapse = SynapticState(
        decay=Decay(kind="multiply", factor=ints(16384, 24576), shift=15),
        bias=ints(7), bits=16, gain=ints(1), gain_shift=2,
    )  # fmt: skip
    cuba: dict[str, Any] = {
        "decay": LEAK, "bias": ints(0), "scale": np.ones(1),
        "fire": Fire(compare=">=", threshold=ints(500, 501)),
        "reset": Reset(kind="subtract", value=ints(0)),
    }  # fmt: skip
    return Network(
        name="current",
        dt=0.001,
        encoding=Encoding(
            channels=3, raw="uint8", raw_low=0, raw_high=255, raw_scale=1.0,
            stages=(RectifyStage(), CountStage(window=4), ClipStage(low=0, high=300)),
        ),
        populations=(
            Population(name="cuba", size=2, synapses=(synapse,), **cuba),
            Population(
                name="late", size=2, bits=24, overflow="wrap", lower_bound=ints(-4096), **cuba
            ),
        ),
        projections=tuple(
            Projection(
                source=source, target=to, connection=weights, bits=bits, delay=delay, shift=shift
            )
            for source, to, weights, bits, delay, shift in (
                ("input", "cuba", matrix(2, 3, 3), 8, 0, 1),
                ("input", "cuba", matrix(2, 3, -2), 8, 3, -2),
                ("cuba", "cuba", matrix(2, 2, -8), 8, 1, 1),
                ("cuba", "late", matrix(2, 2, 900), 16, 2, 0),
            )
        ),
        decode=Decode(rule="spike-count", sources=("late", "cuba"), multiplier=ints(3, 4, 1, 2)),
    )  # fmt: skip


def windows() -> Network:
    """A grouped, strided, padded convolution; a pool and a sparse connection, one of them late."""
    place = np.arange(0, 256, 17)
    loose = Sparse(shape=(8, 32), target=place % 8, source=place // 8, weight=place - 100)
    first = Conv(
        weight=np.arange(1, 25).reshape(2, 1, 3, 4), input_shape=(2, 8, 5), stride=(2, 1),
        padding=(1, 0, 0, 2), dilation=(1, 1), groups=2,
    )  # fmt: skip
    pooled = Pool(weight=-7, input_shape=(2, 4, 4), kernel=(2, 2), stride=(2, 2))
    neurons: dict[str, Any] = {"decay": LEAK, "bias": ints(0), "scale": np.ones(1)}
    return Network(
        name="windows",
        dt=0.001,
        encoding=Encoding(channels=80, raw="int8", raw_low=-8, raw_high=7, raw_scale=1.0),
        populations=(
            Population(
                name="image", size=32, fire=Fire(compare=">", threshold=np.full(32, 90)),
                reset=Reset(kind="value", value=ints(0)), **neurons,
            ),
            Population(name="small", size=8, reset=NEVER, **neurons),
        ),
        projections=(
            Projection(source="input", target="image", connection=first),
            Projection(source="image", target="small", connection=pooled, delay=2),
            Projection(source="image", target="small", connection=loose, bits=16),
        ),
        decode=Decode(rule="readout-last", sources=("small",), multiplier=ints(1)),
    )  # fmt: skip


NETWORKS = {"plain": plain, "current": current, "windows": windows}


@pytest.mark.parametrize("name", NETWORKS)
def test_generated_sources(name: str, golden: Golden) -> None:
    files = emit(lower(check(NETWORKS[name]())))
    own = {"current": {"current_update_cuba.c", "current_update_late.c"}}.get(name, set())
    assert set(files) == {f"{name}.h", f"{name}.c", f"{name}_link.c", *own}
    for file, text in files.items():
        golden(file, text)


@pytest.mark.parametrize("name", NETWORKS)
def test_network_files(name: str, golden: Golden) -> None:
    """Their hash is the signature in every build: it changes with the format, or never."""
    golden(f"{name}.rvn", rvn.to_bytes(NETWORKS[name]()))


@pytest.mark.parametrize("name", NETWORKS)
def test_emitting_twice_gives_the_same_bytes(name: str) -> None:
    first, second = (emit(lower(NETWORKS[name]())) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("name", NETWORKS)
def test_lines_fit_and_end_well(name: str) -> None:
    for file, text in emit(lower(NETWORKS[name]())).items():
        lines = text.split("\n")
        assert lines[-1] == "", file
        assert all(line == line.rstrip() and len(line) <= 110 for line in lines), file
        assert text.isascii()
