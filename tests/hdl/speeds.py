# SPDX-License-Identifier: Apache-2.0
"""Layers to measure the core with, and the cycles of their steps."""

import numpy as np
from tests.hdl.cores import core
from tests.hdl.hand_made import above, dense, leak, network
from tests.unit.nets import population

from ranvier.check import check
from ranvier.ir import INPUT, IntArray, Network
from ranvier.targets.fpga.lower import lower
from ranvier.targets.fpga.plan import Leak

NEURONS, SOURCES, STEPS = 256, 512, 20


def layer(bits: int, sources: int = SOURCES) -> Network:
    """Return one layer with a threshold a neuron, that leaks an eighth."""
    p = population("p", NEURONS, decay=leak(1 << 13), fire=above(np.arange(NEURONS) + 30000))
    weight = np.random.default_rng(5).integers(-2, 2, (NEURONS, sources), np.int64)
    return network(sources, [p], [dense(INPUT, "p", weight, bits=bits)])


def looped(bits: int) -> Network:
    """Return a layer of 256 neurons on 256 inputs, and on itself two steps later."""
    rng, reach = np.random.default_rng(6), 1 << (bits - 1)

    def weight() -> IntArray:
        return rng.integers(-reach, reach, (NEURONS, NEURONS), np.int64)

    loop = dense("p", "p", weight(), delay=2, bits=bits)
    forward = dense(INPUT, "p", weight(), bits=bits)
    p = population("p", NEURONS, decay=leak(), fire=above(rng.integers(200, 30000, NEURONS)))
    return check(network(NEURONS, [p], [forward, loop]))


def cycles(
    network: Network, lanes: int, bits: int, events: int, fold: int = 1, leak: Leak = "multiply"
) -> float:
    """Return the cycles of a step in which `events` inputs are active, the first ones left out."""
    c = core(lower(network, lanes, bits, fold=fold, leak=leak))
    few, many = (
        c.run(np.tile(np.arange(SOURCES) < events, (n, 1)).astype(np.int64)).cycles
        for n in (STEPS, 2 * STEPS)
    )
    c.close()
    return (many - few) / STEPS
