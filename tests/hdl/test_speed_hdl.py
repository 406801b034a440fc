# SPDX-License-Identifier: Apache-2.0
"""What the core needs for an event and for a step, in cycles of the simulated clock."""

import numpy as np
import pytest
from tests.hdl.cores import core, need_verilator

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


def layer(bits: int) -> Network:
    """Return one layer with a threshold a neuron, that leaks."""
    p = Population(
        name="p", size=NEURONS, decay=Decay(kind="leak", factor=np.array([6554]), shift=16),
        bias=np.zeros(1, np.int64), reset=Reset(kind="value", value=np.zeros(1, np.int64)),
        fire=Fire(compare=">", threshold=np.arange(NEURONS) + 30000), scale=np.ones(1),
    )  # fmt: skip
    weight = np.random.default_rng(5).integers(-2, 2, (NEURONS, SOURCES), np.int64)
    q = Projection(source=INPUT, target="p", connection=Dense(weight=weight), bits=bits)
    return Network(
        name="net", dt=1e-3, populations=(p,), projections=(q,),
        encoding=Encoding(channels=SOURCES, raw="uint8", raw_low=0, raw_high=1, raw_scale=1.0,
                          stages=()),
        decode=Decode(rule="spike-count", sources=("p",), multiplier=np.ones(NEURONS, np.int64)),
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


@pytest.mark.parametrize(("lanes", "bits", "least"), [(8, 8, 7.6), (16, 4, 15.2)])
def test_a_step_and_an_event_take_no_more_cycles_than_promised(
    lanes: int, bits: int, least: float
) -> None:
    need_verilator()
    network = layer(bits)
    empty = cycles(network, lanes, bits, 0)
    assert empty <= NEURONS / lanes + 4
    full = cycles(network, lanes, bits, SOURCES)
    print(
        f"{lanes} lanes: {empty} cycles a step, {SOURCES * NEURONS / full:.3f} operations a cycle"
    )
    assert SOURCES * NEURONS / full >= least
