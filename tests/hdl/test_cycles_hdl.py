# SPDX-License-Identifier: Apache-2.0
"""The bound of a step's cycles, where all that can happen does: every input, every neuron."""

import numpy as np
import pytest
from tests.hdl.cores import compare, core, need_verilator
from tests.hdl.hand_made import dense, leak, network
from tests.unit.nets import ints, population

from ranvier.ir import INPUT, Fire, Network, SynapticState
from ranvier.targets.fpga import cycles
from ranvier.targets.fpga.lower import lower

STEPS = 12


def busiest(sources: int, neurons: int, readouts: int) -> Network:
    """Return a loop and a readout with a synaptic state, in which all neurons fire in each step."""
    fire = Fire(compare=">=", threshold=np.zeros(neurons, np.int64))
    state = SynapticState(decay=leak(9000), bias=ints(0), gain=ints(3), gain_shift=2)
    spiking = population("p", neurons, fire=fire)
    reading = population("q", readouts, fires=False, synapses=(state,))
    joined = [(INPUT, "p", neurons, sources), ("p", "p", neurons, neurons),
              ("p", "q", readouts, neurons)]  # fmt: skip
    projections = [
        dense(a, b, np.ones((m, n), np.int64), delay=int(a == b)) for a, b, m, n in joined
    ]
    return network(sources, [spiking, reading], projections, read=0)


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


def test_a_step_that_is_quiet_until_its_end_is_simulated_whole() -> None:
    need_verilator()
    fire = Fire(compare=">=", threshold=np.full(3, 100))
    net = network(
        200, [population("p", 3, fire=fire)], [dense(INPUT, "p", np.ones((3, 200), np.int64))]
    )
    plan = lower(net, 4)
    c = core(plan)
    counts, _ = compare(net, plan, c, np.ones((1, 2, 200), np.int64))
    c.close()
    assert counts["spikes"] == 6
