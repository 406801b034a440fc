# SPDX-License-Identifier: Apache-2.0
"""Count instructions on emulated cores against tools/dev/budgets_mcu.toml; exit 1 past a budget.

Instructions are not cycles. Every figure is of a network that `ranvier compile` made: 8-bit
weights, 16-bit states, a threshold a neuron, a decay by multiplication, events in lists of
addresses, and nothing left out of a step: the scan of its input, the calls, the decoded class.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ranvier import connections, reference
from ranvier.frontends.data import Data, make_data
from ranvier.ir import Network, Reset
from ranvier.targets.mcu.board import NAMES, board
from ranvier.targets.mcu.lower import lower
from ranvier.tools.build import Build
from ranvier.tools.dev.figures import Figure, table
from ranvier.tools.dev.icount.dense import against_dense
from ranvier.tools.dev.icount.nets import (
    convolution,
    counting,
    events,
    firing,
    joined,
    layers,
    of_bits,
    of_rule,
    sparse,
    spikes,
    values,
)
from ranvier.tools.dev.icount.profile import profile
from ranvier.tools.verbs.compile import compile
from ranvier.tools.verbs.run import run

BUDGETS = tomllib.loads(Path(__file__).with_name("budgets_mcu.toml").read_text("utf-8"))
ROOT = Path(__file__).resolve().parents[2]
STEPS = 200
NUMERICS = (
    "Instructions (not cycles) on QEMU's cores. Unless a row says otherwise: 8-bit weights, 16-bit"
    "\nstates, 32-bit sums where 16 bits are not proved, a threshold a neuron, decay by"
    " multiplication, -O2.\n* were a product of an event as cheap as one of the dense layer.\n\n"
)
SHAPE = (128, 256, 10)  # a network to compare the ROM of
SAMPLES = 10  # recordings of a shared case


def kernels(name: str, folder: Path) -> Iterator[Figure]:
    """Count what one synaptic operation and one neuron take, each in the kernel that does it."""
    core = board(name).core
    budget: dict[str, Any] = BUDGETS.get(core, {})
    for number, targets in ((1, 64), (4, 64), (16, 64), (4, 128)):
        x = events(STEPS, 64, number)
        network = firing(layers(64, targets), x, 0.05)
        build = compile(network, name, folder / f"{core}-{number}-{targets}").build
        (p,) = lower(network, core).populations
        counted = profile(build, x[None])
        per = counted[p.projections[0].kernel] / (number * targets)
        limit = budget.get("lone_event" if number == 1 else "events")
        how = f"{p.projections[0].kernel}, {number} events, {targets} targets"
        yield Figure(core, "synaptic operation", how, per, limit)
        if number == 4:
            rate = float(reference.simulate(network, x[None]).spikes["p0"].mean())
            how = f"{p.kernel}, {targets} neurons, {rate:.1%} fire"
            yield Figure(core, "neuron", how, counted[p.kernel] / targets, budget.get("neuron"))


def rules(name: str, folder: Path) -> Iterator[Figure]:
    """Count neurons of other rules: reset by the threshold, at once or late; a bias each."""
    core = board(name).core
    budget: dict[str, Any] = BUDGETS.get(core, {})
    x, zero = events(STEPS, 64, 4), np.zeros(1, np.int64)
    for what, reset, bias in (
        ("subtract", Reset(kind="subtract", value=zero), 0),
        ("late", Reset(kind="subtract", timing="next-membrane", value=zero), 0),
        ("bias", Reset(kind="value", value=zero), 40),
    ):
        network = firing(of_rule(layers(64, 64), reset, bias), x, 0.05)
        build = compile(network, name, folder / f"{core}-{what}").build
        counted = profile(build, x[None])
        (p,) = lower(network, core).populations
        per = counted.get(p.kernel, counted.get("bench_update_p0", 0)) / 64
        yield Figure(core, f"neuron: {what}", p.kernel, per, budget.get(f"neuron_{what}"))


def inputs(name: str, folder: Path) -> Iterator[Figure]:
    """Count analog input by the product, and the whole step of a layer that reads counts."""
    core = board(name).core
    budget: dict[str, Any] = BUDGETS.get(core, {})
    for sources, targets in ((8, 64), (64, 64)):
        network, analog = values(sources, targets, STEPS // 4)
        build = compile(network, name, folder / f"{core}-values-{sources}").build
        (p,) = lower(network, core).populations
        kernel = p.projections[0].kernel
        per = profile(build, analog[None])[kernel] / (sources * targets)
        limit = budget.get("value" if sources >= 64 else "few_values")
        how = f"{kernel}, {sources} sources, {targets} targets"
        yield Figure(core, "product of a value", how, per, limit)
    x = events(STEPS, 96, 8)
    network = counting(firing(layers(96, 64), x, 0.05))
    build = compile(network, name, folder / f"{core}-counts").build
    how = "8 events, 96 channels, 64 neurons"
    yield Figure(core, "step on counts", how, _mean(build, x), budget.get("counts"))


def scattered(name: str, folder: Path) -> Iterator[Figure]:
    """Count what one addition takes where an event reaches few targets, all of its kernel in it."""
    core = board(name).core
    budget: dict[str, Any] = BUDGETS.get(core, {})
    for what, connection, share in (
        ("convolution", convolution(), 0.05),
        ("convolution", convolution(), 0.25),
        ("sparse", sparse(0.1, 256), 0.05),
    ):
        network = joined(connection)
        x = spikes(STEPS, network.encoding.channels, share)
        build = compile(network, name, folder / f"{core}-{what}-{share}").build
        (q,) = lower(network, core).populations[0].projections
        reached = (connections.matrix(connection) != 0).sum(axis=0)
        per = profile(build, x[None])[q.kernel] / ((x * reached).sum() / STEPS)
        how = f"{q.kernel}, {share:.0%} active"
        limit = budget.get(f"{what}_{100 * share:.0f}")
        yield Figure(core, f"{what}, addition", how, per, limit)


def few_bits(name: str, folder: Path) -> Iterator[Figure]:
    """Count a synaptic operation through weights of 4 and 2 bits, and the ROM these take."""
    core = board(name).core
    budget: dict[str, Any] = BUDGETS.get(core, {})
    for bits in (4, 2):
        for number, limit in ((1, "lone_event"), (4, "events"), (16, "events")):
            x = events(STEPS, 64, number)
            network = firing(of_bits(layers(64, 64), bits), x, 0.05)
            build = compile(network, name, folder / f"{core}-{bits}-{number}").build
            (q,) = lower(network, core).populations[0].projections
            per = profile(build, x[None])[q.kernel] / (number * 64)
            how = f"{q.kernel}, {number} events, 64 targets"
            yield Figure(core, f"{bits}-bit synaptic operation", how, per,
                         budget.get(f"{limit}_{bits}"))  # fmt: skip
    for bits in (8, 4, 2):
        network = of_bits(layers(*SHAPE), bits) if bits < 8 else layers(*SHAPE)
        build = compile(network, name, folder / f"{core}-{bits}-rom").build
        shape = "-".join(map(str, SHAPE))
        weights = sum(q.layout.rom for p in lower(network, core).populations for q in p.projections)
        how = f"{weights} bytes of them weights"
        yield Figure(core, f"{shape}, {bits}-bit weights, bytes of ROM", how,
                     build.manifest["memory"]["rom"], None)  # fmt: skip


def steps(name: str, folder: Path) -> Iterator[Figure]:
    """Count whole steps of networks of two layers, hidden rate like input rate."""
    core = board(name).core
    for shape, limits in BUDGETS.get(core, {}).get("steps", {}).items():
        sizes = tuple(int(n) for n in shape.split("-"))
        for activity, limit in limits.items():
            rate = float(activity.removesuffix("%")) / 100
            x = spikes(STEPS, sizes[0], rate)
            network = firing(layers(*sizes), x, rate)
            build = compile(network, name, folder / f"{core}-{shape}-{activity}").build
            yield Figure(core, f"step of {shape}", f"{activity} active", _mean(build, x), limit)


def rests(name: str, folder: Path) -> Iterator[Figure]:
    """Count a step of the same networks to which nothing has come for long."""
    core = board(name).core
    for shape, limit in BUDGETS.get(core, {}).get("rest", {}).items():
        sizes = tuple(int(n) for n in shape.split("-"))
        x = np.zeros((2 * STEPS, sizes[0]), np.uint8)
        x[0] = 1
        network = firing(layers(*sizes), spikes(STEPS, sizes[0], 0.05), 0.05)
        build = compile(network, name, folder / f"{core}-{shape}-rest").build
        counted = run(build, make_data(x[None])).instructions
        assert counted is not None
        yield Figure(core, f"step of {shape}", "at rest", counted["min"], limit)


def dense(name: str, folder: Path) -> Iterator[Figure]:
    """Compare whole steps with the same layers done densely, on spikes and on real recordings."""
    core = board(name).core
    for what, limits in BUDGETS.get(core, {}).get("dense", {}).items():
        network, data = _case(what)
        found = against_dense(network, data, name, folder / f"{core}-{what}-dense")
        how = f"{found.dense:.0f} dense / {found.events:.0f}"
        yield Figure(core, f"step of {what}, times fewer", how, found.ratio,
                     limits.get("ratio"), least=True)  # fmt: skip
        yield Figure(core, "  of what activity allows*", f"{found.ceiling:.2f} times",
                     found.ratio / found.ceiling, limits.get("of_ceiling"), least=True)  # fmt: skip


def _case(what: str) -> tuple[Network, Data]:
    """Return a synthetic network "sizes @ activity", or one of the shared cases, and its input."""
    if "@" in what:
        shape, _, activity = what.partition(" @ ")
        rate = float(activity.removesuffix("%")) / 100
        sizes = tuple(int(n) for n in shape.split("-"))
        x = spikes(STEPS, sizes[0], rate)
        return firing(layers(*sizes), x, rate), make_data(x[None])
    sys.path.insert(0, str(ROOT))
    from tests.networks import data, network  # the shared cases

    return network(what), data(what)[1].first(SAMPLES)


def _mean(build: Build, x: np.ndarray) -> float:
    counted = run(build, make_data(x[None])).instructions
    assert counted is not None
    return counted["mean"]


def main(arguments: list[str]) -> int:
    """Count on the boards asked for; return the exit code."""
    emulated = [name for name in NAMES if board(name).emulator]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("board", nargs="*", default=emulated, help=" ".join(emulated))
    found: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        for name in parser.parse_args(arguments).board:
            for count in (kernels, rules, few_bits, inputs, scattered, steps, rests, dense):
                found += count(name, Path(folder))
    sys.stdout.write(NUMERICS + table(found, "core", "instructions of a", "", "mean"))
    return 0 if all(f.kept for f in found) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
