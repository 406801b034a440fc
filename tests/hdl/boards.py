# SPDX-License-Identifier: Apache-2.0
"""Simulated cores behind their pins, and recordings through the driver."""

import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tests.hdl.coverage import cache

from ranvier import reference
from ranvier.ir import IntArray, Network
from ranvier.targets.fpga import emit, images, pins
from ranvier.targets.fpga.bulk import states_of
from ranvier.targets.fpga.driver import Core
from ranvier.targets.fpga.images import Parameters
from ranvier.targets.fpga.pins import Pins, step_events
from ranvier.targets.fpga.plan import Plan
from ranvier.targets.fpga.verilator import library

SIGNATURE = 0x1234ABCD


def board(p: Parameters, counts: Path | None = None, rtl: Sequence[Path] | None = None) -> Pins:
    """Return a core of parameters `p`, just reset, its memories full of anything.

    With `counts` it counts coverage, and writes it there in the end; `rtl` is not Ranvier's own.
    """
    values = {**p.values, **emit.QUEUES, "Signature": SIGNATURE}
    built = library(values, cache(), "rv_top", rtl, coverage=counts is not None)
    with tempfile.TemporaryDirectory() as folder:
        return Pins(built, Path(folder), counts)


def load(pin: Pins, plan: Plan, p: Parameters) -> Core:
    """Return the driver of a core that now holds `plan`."""
    assert images.covers(p, plan)
    c = Core(pin.transfer, pins.layout(p, SIGNATURE))
    c.identify()
    held = pins.memories(plan, p)
    c.load(held.weights, held.thresholds, held.table)
    return c


def compare(network: Network, plan: Plan, c: Core, raw: IntArray) -> Counter[str]:
    """Run recordings; fail unless each spike, and after it each state, is the golden model's."""
    trace, counts = reference.simulate(network, raw), Counter[str]()
    sources = [q.name for q in network.populations if q.name in network.decode.sources]
    spiking = [name for name in sources if network.population(name).fire]
    for k, inputs in enumerate(trace.inputs.astype(np.int64)):
        c.restart()
        for t, row in enumerate(inputs):
            spikes, values = c.step(step_events(row))
            at = 0
            for name in spiking:
                (fired,) = np.nonzero(trace.spikes[name][k, t])
                assert spikes[at : at + len(fired)] == fired.tolist(), (name, t)
                at += len(fired) + 1
                assert spikes[at - 1] == 1 << c.layout.address_bits
                counts["spikes"] += len(fired)
            assert at == len(spikes)
            given, at = np.array(values, np.int64), 0
            for name in sources:
                if name not in spiking:
                    size = network.population(name).size
                    np.testing.assert_array_equal(given[at : at + size], trace.v[name][k, t])
                    at += -(-size // plan.lanes) * plan.lanes
                    counts["readouts"] += size
            assert at == len(given)
        c.restart(trace=True)
        shown = [c.step(step_events(row))[1] for row in inputs]
        membranes, synapses = states_of(plan, np.array(shown).reshape(len(inputs), -1, plan.lanes))
        for name, v in membranes.items():
            np.testing.assert_array_equal(v, trace.v[name][k], name)
            counts["states"] += v.size
        for name, i in synapses.items():
            np.testing.assert_array_equal(i, trace.synapses[name][k], name)
            counts["states"] += i.size
    return counts
