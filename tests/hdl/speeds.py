# SPDX-License-Identifier: Apache-2.0
"""Layers to measure the core with, and the cycles of their steps."""

from dataclasses import replace

import numpy as np
from tests.hdl.cores import core

from ranvier.check import check
from ranvier.ir import (
    INPUT,
    Decay,
    Decode,
    Dense,
    Encoding,
    Fire,
    Network,
    Population,
    Projection,
    Reset,
)  # fmt: skip
from ranvier.targets.fpga.lower import lower

NEURONS, SOURCES, STEPS = 256, 512, 20


def layer(bits: int, sources: int = SOURCES) -> Network:
    """Return one layer with a threshold a neuron, that leaks."""
    p = Population(
        name="p", size=NEURONS, decay=Decay(kind="leak", factor=np.array([6554]), shift=16),
        bias=np.zeros(1, np.int64), reset=Reset(kind="value", value=np.zeros(1, np.int64)),
        fire=Fire(compare=">", threshold=np.arange(NEURONS) + 30000), scale=np.ones(1),
    )  # fmt: skip
    weight = np.random.default_rng(5).integers(-2, 2, (NEURONS, sources), np.int64)
    q = Projection(source=INPUT, target="p", connection=Dense(weight=weight), bits=bits)
    return Network(
        name="net", dt=1e-3, populations=(p,), projections=(q,),
        encoding=Encoding(channels=sources, raw="uint8", raw_low=0, raw_high=1, raw_scale=1.0,
                          stages=()),
        decode=Decode(rule="spike-count", sources=("p",), multiplier=np.ones(NEURONS, np.int64)),
    )  # fmt: skip


def looped() -> Network:
    """Return a layer of 256 neurons on 256 inputs, and on itself two steps later."""
    made = layer(8, NEURONS)
    rng = np.random.default_rng(6)
    (q,), (p,) = made.projections, made.populations
    loop = replace(
        q, source="p", delay=2,
        connection=Dense(weight=rng.integers(-128, 128, (NEURONS, NEURONS), np.int64)),
    )  # fmt: skip
    wide = Dense(weight=rng.integers(-128, 128, (NEURONS, NEURONS), np.int64))
    assert p.fire is not None
    fire = replace(p.fire, threshold=rng.integers(200, 30000, NEURONS))
    return check(
        replace(
            made, populations=(replace(p, fire=fire),),
            projections=(replace(q, connection=wide), loop),
        )
    )  # fmt: skip


def cycles(network: Network, lanes: int, bits: int, events: int) -> float:
    """Return the cycles of a step in which `events` inputs are active, the first ones left out."""
    c = core(lower(network, lanes, bits))
    few, many = (
        c.run(np.tile(np.arange(SOURCES) < events, (n, 1)).astype(np.int64)).cycles
        for n in (STEPS, 2 * STEPS)
    )
    c.close()
    return (many - few) / STEPS
