# SPDX-License-Identifier: Apache-2.0
"""What a soak runs: a small network with a loop, and input that saturates it now and then."""

import os

import numpy as np
from numpy.typing import NDArray
from tests.unit.nets import DT, ints, population

from ranvier.ir import Decay, Decode, Dense, Encoding, Network, Projection, Reset, SynapticState

N_INPUTS, N_HIDDEN = 4, 16


def soak_seed() -> int:
    """Return RANVIER_SEED, or one that nobody has seen yet; printed either way."""
    seed = int(os.environ.get("RANVIER_SEED") or int.from_bytes(os.urandom(4), "little"))
    print(f"RANVIER_SEED={seed}")
    return seed


def soak_network() -> Network:
    """Return 4 raw channels, 16 neurons with a current and a loop, 2 readouts that are compared.

    Two halves that mirror each other: which readout leads changes for ever.
    """
    draw = np.random.default_rng(3)
    current = SynapticState(
        decay=Decay(kind="leak", factor=ints(9000), shift=16), bias=ints(0), gain=ints(1)
    )

    def mirrored(targets: int, sources: int, most: int) -> Dense:
        same, other = draw.integers(-most, most, (2, targets // 2, sources // 2), np.int64)
        return Dense(weight=np.block([[same, other], [other, same]]))

    hidden = population(
        "hid", N_HIDDEN, synapses=(current,), reset=Reset(kind="subtract", value=ints(0))
    )
    return Network(
        name="soak",
        dt=DT,
        encoding=Encoding(channels=N_INPUTS, raw="int8", raw_low=-128, raw_high=127, raw_scale=1.0),
        populations=(hidden, population("out", 2, fires=False)),
        projections=(
            Projection(source="input", target="hid", connection=mirrored(N_HIDDEN, N_INPUTS, 60)),
            Projection(
                source="hid", target="hid", connection=mirrored(N_HIDDEN, N_HIDDEN, 40), delay=1
            ),
            Projection(source="hid", target="out", connection=mirrored(2, N_HIDDEN, 127)),
        ),
        decode=Decode(rule="readout-mean", sources=("out",), multiplier=ints(1)),
    )


def soak_input(draw: np.random.Generator, samples: int, steps: int) -> NDArray[np.int8]:
    """Return noise (samples, steps, inputs); the loudness of each half changes every 50 steps."""
    loud = draw.integers(1, 128, (samples, steps // 50 + 1, 2)).repeat(50, axis=1)[:, :steps]
    loud = loud.repeat(N_INPUTS // 2, axis=2)
    noise = draw.integers(-128, 128, (samples, steps, N_INPUTS))
    return (noise * loud // 128).astype(np.int8)
