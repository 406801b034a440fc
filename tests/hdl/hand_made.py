# SPDX-License-Identifier: Apache-2.0
"""Hand-written networks on spikes, such as the core executes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from tests.unit import nets

from ranvier.ir import (
    Decay,
    Decode,
    Dense,
    Encoding,
    Fire,
    IntArray,
    Network,
    Population,
    Projection,
)


def leak(factor: int = 6554) -> Decay:
    return Decay(kind="leak", factor=nets.ints(factor), shift=16)


def above(threshold: IntArray) -> Fire:
    return Fire(compare=">", threshold=threshold)


def dense(source: str, target: str, weight: IntArray, **fields: Any) -> Projection:
    return Projection(
        source=source, target=target, connection=Dense(weight=weight), **{"bits": 8, **fields}
    )


def network(
    channels: int,
    populations: Sequence[Population],
    projections: Sequence[Projection],
    read: int = -1,
    high: int = 1,
) -> Network:
    """Return a network whose population `read` is decoded: its spikes, or what it holds.

    Inputs are 0 to `high`.
    """
    p = populations[read]
    return nets.network(
        encoding=Encoding(channels=channels, raw="uint8", raw_low=0, raw_high=high, raw_scale=1.0),
        populations=tuple(populations),
        projections=tuple(projections),
        decode=Decode(rule="spike-count" if p.fire else "readout-mean", sources=(p.name,),
                      multiplier=np.ones(p.size, np.int64)),
    )  # fmt: skip
