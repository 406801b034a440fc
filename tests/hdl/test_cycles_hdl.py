# SPDX-License-Identifier: Apache-2.0
"""The bound of a step's cycles, where all that can happen does: every input, every neuron."""

import numpy as np
import pytest
from tests.hdl.cores import core, need_verilator
from tests.unit.nets import population

from ranvier.ir import (
    INPUT,
    Decay,
    Decode,
    Dense,
    Encoding,
    Fire,
    IntArray,
    Network,
    Projection,
    SynapticState,
)  # fmt: skip
from ranvier.targets.fpga import cycles
from ranvier.targets.fpga.lower import lower

STEPS = 12


def ones(targets: int, sources: int) -> IntArray:
    return np.ones((targets, sources), np.int64)


def busiest(sources: int, neurons: int, readouts: int) -> Network:
    """Return a loop and a readout with a synaptic state, in which all neurons fire in each step."""
    fire = Fire(compare=">=", threshold=np.zeros(neurons, np.int64))
    state = SynapticState(
        decay=Decay(kind="leak", factor=np.array([9000]), shift=16), bias=np.zeros(1, np.int64),
        gain=np.array([3]), gain_shift=2,
    )  # fmt: skip
    spiking = population("p", neurons, fire=fire)
    reading = population("q", readouts, fires=False, synapses=(state,))
    joined = [(INPUT, "p", neurons, sources), ("p", "p", neurons, neurons),
              ("p", "q", readouts, neurons)]  # fmt: skip
    return Network(
        name="net", dt=1e-3, populations=(spiking, reading),
        projections=tuple(
            Projection(source=a, target=b, connection=Dense(weight=ones(m, n)), bits=8,
                       delay=int(a == b))
            for a, b, m, n in joined
        ),
        encoding=Encoding(channels=sources, raw="uint8", raw_low=0, raw_high=1, raw_scale=1.0,
                          stages=()),
        decode=Decode(rule="spike-count", sources=("p",), multiplier=np.ones(neurons, np.int64)),
    )  # fmt: skip


@pytest.mark.parametrize(("sources", "neurons", "readouts", "lanes"), [
    (200, 8, 3, 8), (40, 100, 30, 4),
])  # fmt: skip
def test_no_step_takes_longer_than_its_bound(
    sources: int, neurons: int, readouts: int, lanes: int
) -> None:
    need_verilator()
    plan = lower(busiest(sources, neurons, readouts), lanes)
    c = core(plan)
    few, many = (c.run(np.ones((n, sources), np.int64)) for n in (STEPS, 2 * STEPS))
    c.close()
    assert many.spikes["p"].sum() == 2 * STEPS * neurons
    taken, bound = (many.cycles - few.cycles) / STEPS, sum(cycles.per_layer(plan).values())
    assert taken <= bound
    assert taken > 0.75 * bound, "the bound is of some use"
