# SPDX-License-Identifier: Apache-2.0
"""cocotb bench of the core: gaps, waits and resets, against the golden model."""

import json
import os
import random
from pathlib import Path
from typing import Any

import cocotb
from tests.hdl.clocked import begin, reset, settle, tick

LIMIT = 200_000  # cycles in which the core must be stuck


def queue_of_spikes(dut: Any) -> Any | None:
    """Return the serialiser's queue, which a netlist doesn't show."""
    try:
        return dut.u_core.u_serialiser.u_queue
    except AttributeError:
        return None


async def play(dut: Any, case: dict[str, Any], rng: random.Random, cut: int | None) -> None:
    """Run a recording from the reset on and compare all that comes; stop after `cut` cycles."""
    given = list(case["events"])
    due = {name: list(case[name]) for name in ("sent", "values", "after")}
    offered, steps, states = False, 0, case["state_bits"]
    waits, queue = rng.random(), queue_of_spikes(dut)
    for _ in range(cut or LIMIT):
        if rng.random() < 0.02:  # from fast readers to ones that stop
            waits = rng.choice([0.0, 0.3, 0.9, 0.98])
        offered = bool(given) and (offered or rng.random() < 0.7)
        dut.event_valid_i.value, dut.event_i.value = int(offered), given[0] if given else 0
        dut.spike_ready_i.value = int(rng.random() > waits)
        dut.hold_i.value = int(rng.random() < 0.3)
        await settle()
        if queue is not None and int(queue.valid_i.value):
            assert int(queue.ready_o.value), "the queue of spikes overflows"
        if offered and int(dut.event_ready_o.value):
            given.pop(0)
            offered = False
        if int(dut.spike_valid_o.value) and int(dut.spike_ready_i.value):
            assert int(dut.spike_o.value) == due["sent"].pop(0)
        if int(dut.value_valid_o.value):
            assert int(dut.value_o.value) == due["values"].pop(0) & ((1 << states) - 1)
        if int(dut.after_valid_o.value):
            assert int(dut.after_o.value) & case["mask"][len(due["after"]) % len(case["mask"])] == (
                due["after"].pop(0)
            )
        steps += int(dut.step_o.value)
        await tick(dut)
        if not given and not any(due.values()) and steps == case["steps"]:
            return
    assert cut, (
        f"stuck: {len(given)} events, { ({k: len(v) for k, v in due.items()}) } still to come"
    )


@cocotb.test()
async def rv_sim_equals_the_golden_model(dut: Any) -> None:
    """Recordings from a reset that comes at any time of the one before."""
    rng = await begin(dut, event_valid_i=0, event_i=0, spike_ready_i=0, hold_i=0, trace_i=0)
    case = json.loads(Path(os.environ["RANVIER_BENCH_CASE"]).read_text("utf-8"))
    for _ in range(4):
        await play(dut, case, rng, cut=rng.randrange(10, 600))
        await reset(dut)
        await play(dut, case, rng, cut=None)
        await reset(dut)
