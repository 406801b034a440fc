# SPDX-License-Identifier: Apache-2.0
"""The first steps of a recording at the pins of a build's RTL, as a host on SPI sees them."""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ranvier.errors import RanvierError
from ranvier.ir import IntArray
from ranvier.targets.fpga import emit, host, verilator
from ranvier.targets.fpga.bulk import Run, emitted, out_of, spikes_of, states_of
from ranvier.targets.fpga.driver import Core, LinkError
from ranvier.targets.fpga.images import Parameters
from ranvier.targets.fpga.pins import Pins, step_events
from ranvier.targets.fpga.plan import Plan
from ranvier.tools.build import Build

STEPS = 32  # a step takes tens of thousands of simulated cycles, most of them of SPI


def check(
    build: Build, plan: Plan, p: Parameters, rtl: Sequence[Path], cache: Path,
    inputs: IntArray, run: Run,
) -> int:  # fmt: skip
    """Load the core over SPI, run steps, and compare what leaves its pins with `run`.

    Parameters
    ----------
    rtl
        The build's.
    cache
        Where simulations are kept.
    inputs
        What the encoder gave, (steps, sources), of which `run` came.

    Returns
    -------
    How many steps were run.

    Raises
    ------
    RanvierError
        V003 where the core doesn't answer, V004 where anything differs.
    """
    known = host.layout(plan, p)
    values = {**p.values, **emit.QUEUES, "Signature": known.signature}
    made = verilator.library(values, cache, "rv_top", rtl=rtl)
    weights = (build.path / host.WEIGHTS).read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        for name in ("Table", "Thresholds", *(("Reach",) if len(plan.windows) else ())):
            shutil.copyfile(build.path / emit.IMAGES[name], Path(folder, verilator.IMAGES[name]))
        pins = Pins(made, Path(folder))
    try:
        core = Core(pins.transfer, known)
        core.load([int.from_bytes(weights[k : k + 2], "big") for k in range(0, len(weights), 2)])
        _compare(plan, p, core, inputs[:STEPS], run)
    except LinkError as e:
        raise RanvierError(
            "V003", f"the simulated core, over SPI: {e}", loc=str(build.path),
            hint="report it with the network",
        ) from e  # fmt: skip
    finally:
        pins.close()
    return min(STEPS, len(inputs))


def _compare(plan: Plan, p: Parameters, core: Core, inputs: IntArray, run: Run) -> None:
    steps = len(inputs)
    sent, given = _answers(core, inputs)
    spikes = spikes_of(plan, p["AddressW"], np.array(sent, np.int64), emitted(plan), steps)
    core.restart(trace=True)
    _, shown = _answers(core, inputs)
    v, synapses = states_of(plan, _rows(plan, shown, steps).reshape(steps, -1, plan.lanes))
    out = out_of(plan, _rows(plan, given, steps), steps)
    for what, got, wanted in (
        ("spikes", spikes, run.sent), ("readouts", out, run.out), ("membranes", v, run.v),
        ("synaptic states", synapses, run.synapses),
    ):  # fmt: skip
        for name, values in got.items():
            differ = np.argwhere(values != wanted[name][:steps])
            if len(differ):
                raise RanvierError(
                    "V004", f"at the pins, {what} of {name} in step {differ[0][0]} are not what"
                    " the core alone gives", loc=plan.network.name,
                    hint="compile again; if it stays so, report it with the network",
                )  # fmt: skip


def _answers(core: Core, inputs: IntArray) -> tuple[list[int], list[int]]:
    """Return all words of the spike queue, and all readouts."""
    spikes: list[int] = []
    values: list[int] = []
    for row in inputs:
        found = core.step(step_events(row))
        spikes += found[0]
        values += found[1]
    return spikes, values


def _rows(plan: Plan, values: list[int], steps: int) -> IntArray:
    """Return as many readouts of each step, in whole groups of lanes."""
    if len(values) % (steps * plan.lanes):
        raise RanvierError(
            "V003", f"{len(values)} readouts came in {steps} steps", loc=plan.network.name,
            hint="report it with the network",
        )  # fmt: skip
    return np.array(values, np.int64).reshape(steps, -1)
