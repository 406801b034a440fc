# SPDX-License-Identifier: Apache-2.0
"""The whole core under cocotb: gaps, back-pressure and resets, in two simulators and as gates."""

import json
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.cases import ROOT
from tests.hdl import benches
from tests.hdl.cores import write_memories
from tests.hdl.hand_made import above, dense, leak, network
from tests.needs import need_program
from tests.unit.nets import ints, population

from ranvier import reference
from ranvier.ir import INPUT, Conv, Decay, Fire, Network, Population, Projection, Reset
from ranvier.targets.fpga import bulk, emit, images, pins
from ranvier.targets.fpga.lower import lower
from ranvier.targets.fpga.plan import Plan
from ranvier.targets.fpga.verilator import IMAGES

LANES, WEIGHT_BITS, SOURCES, STEPS = 4, 8, 9, 12
SUBTRACT = Reset(kind="subtract", value=ints(0))


def two_layers(last_fires: bool) -> Network:
    """Return two layers, the first with a loop, the second of neurons that fire or are read."""
    rng = np.random.default_rng(11)

    def layer(name: str, size: int, fires: bool) -> Population:
        threshold = rng.integers(50, 200, size, np.int64)
        return population(name, size, decay=leak(9000), reset=SUBTRACT,
                          fire=above(threshold) if fires else None)  # fmt: skip

    def projection(source: str, target: str, shape: tuple[int, int], delay: int) -> Projection:
        return dense(source, target, rng.integers(-100, 127, shape, np.int64), delay=delay)

    layers = layer("a", 10, True), layer("b", 5, last_fires)
    return network(SOURCES, layers, [
        projection(INPUT, "a", (10, SOURCES), 0),
        projection("a", "a", (10, 10), 1),
        projection("a", "b", (5, 10), 0),
    ])  # fmt: skip


def convolved() -> Network:
    """Return a convolution with a loop, of as many channels as lanes, and what reads it."""
    rng = np.random.default_rng(12)
    weight = rng.integers(-100, 127, (4, 1, 2, 2), np.int64)
    conv = Conv(weight=weight, input_shape=(1, 3, 3))
    a = population("a", 16, decay=leak(9000), reset=SUBTRACT, fire=above(np.full(16, 90)))
    b = population("b", 5, decay=leak(9000), reset=SUBTRACT, fire=above(np.full(5, 90)))
    loop, last = (rng.integers(-100, 127, (n, 16), np.int64) for n in (16, 5))
    return network(SOURCES, [a, b], [
        Projection(source=INPUT, target="a", connection=conv, bits=8),
        dense("a", "a", loop, delay=1),
        dense("a", "b", last),
    ])  # fmt: skip


def flood() -> Network:
    """Return neurons that all fire in each step, in as many groups as the core counts."""
    p = population("p", 16, decay=Decay(factor=ints(1)), reset=SUBTRACT,
                   fire=Fire(compare=">=", threshold=np.zeros(16, np.int64)))  # fmt: skip
    return network(SOURCES, [p], [dense(INPUT, "p", np.ones((16, SOURCES), np.int64))])


def case(
    net: Network, plan: Plan, p: images.Parameters, steps: int, density: float
) -> dict[str, Any]:
    """Return a recording and what the golden model makes of it, as words of the core's streams."""
    raw = (np.random.default_rng(3).random((1, steps, SOURCES)) < density).astype(np.int64)
    trace = reference.simulate(net, raw)
    sent, values, after, mask = [], [], [], []
    half, bits = (1 << plan.state_bits) - 1, plan.state_bits
    for t in range(steps):
        last = net.populations[-1]
        if last.fire is not None:
            sent += np.flatnonzero(trace.spikes[last.name][0, t]).tolist()
            sent.append(1 << p["AddressW"])
        for s in plan.swept:
            v = trace.v[s.population][0, t][np.argsort(plan.places[s.population])].tolist()
            for g in range(0, s.groups * plan.lanes, plan.units):
                group = v[g : g + plan.units]
                after.append(sum((int(x) & half) << k * bits for k, x in enumerate(group)))
                if t == 0:
                    mask.append((1 << len(group) * bits) - 1)
    if last.fire is None:
        padded = np.pad(trace.v[last.name][0], ((0, 0), (0, -last.size % plan.lanes)))
        values = padded.astype(np.int64).ravel().tolist()
    assert sum(trace.spikes[q.name].sum() for q in net.populations if q.fire) > 40
    events = bulk.events(p, trace.inputs[0].astype(np.int64)).tolist()
    # The next is the last of each list once its length is known, counted from the end.
    mask = [mask[-k % len(mask)] for k in range(len(mask))]
    return {"events": events, "sent": sent, "values": values, "after": after, "mask": mask,
            "steps": steps, "state_bits": bits}  # fmt: skip


def write(
    net: Network,
    folder: Path,
    steps: int = STEPS,
    density: float = 0.4,
    lanes: int = LANES,
    fold: int = 1,
) -> tuple[Plan, images.Parameters]:
    """Write the core's memories and the bench's case into a folder."""
    plan = lower(net, lanes, WEIGHT_BITS, fold=fold)
    p = images.parameters(plan)
    write_memories(plan, p, folder)
    (folder / "case.json").write_text(json.dumps(case(net, plan, p, steps, density)))
    return plan, p


def stress(simulator: str, p: images.Parameters, folder: Path) -> None:
    """Run the case of a folder."""
    names = {k: f'"{v}"' for k, v in IMAGES.items()}
    benches.run(
        simulator, "rv_sim", "core_tb", folder, {**p.values, **names},
        [*sorted(benches.RTL.glob("*.v")), ROOT / "hdl" / "sim" / "rv_sim.v"],
        {"RANVIER_BENCH_CASE": str(folder / "case.json")},
    )  # fmt: skip


@pytest.mark.parametrize("simulator", benches.SIMULATORS)
@pytest.mark.parametrize("last_fires", [True, False])
def test_the_core_under_stress(simulator: str, last_fires: bool, tmp_path: Path) -> None:
    _, p = write(two_layers(last_fires), tmp_path)
    stress(simulator, p, tmp_path)


@pytest.mark.parametrize("simulator", benches.SIMULATORS)
def test_shared_weights_under_stress(simulator: str, tmp_path: Path) -> None:
    plan, p = write(convolved(), tmp_path)
    assert plan.taken[0].shared
    stress(simulator, p, tmp_path)


def test_a_flood_of_spikes_waits_for_its_reader(tmp_path: Path) -> None:
    plan, p = write(flood(), tmp_path, steps=250, density=0.02)
    assert plan.groups == 1 << p["GroupW"]
    stress("icarus", p, tmp_path)


def netlist(top: str, sources: list[Path], parameters: dict[str, object], folder: Path) -> Path:
    """Write net.v, what Yosys makes of a design, and return Yosys' models of its cells."""
    need_program("iverilog", "iverilog")
    yosys = need_program("yosys", "yosys")
    values = " ".join(f"-set {k} {v}" for k, v in parameters.items())
    script = f"""
        read_verilog -I{benches.RTL} {" ".join(map(str, sources))}
        chparam {values} {top}
        synth_ice40 -top {top} -spram -device u -json net.json
        write_verilog -noattr net.v
        tee -q -o cells.txt stat
    """
    (folder / "net.ys").write_text(script)
    done = subprocess.run(
        [yosys, "-q", "net.ys"],
        cwd=folder, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    stat = (folder / "cells.txt").read_text()
    assert all(cell in stat for cell in ("SB_LUT4", "SB_MAC16", "SB_RAM40_4K")), stat
    return Path(yosys).resolve().parents[1] / "share" / "yosys" / "ice40" / "cells_sim.v"


def test_the_gates_of_an_ice40_equal_the_golden_model(tmp_path: Path) -> None:
    """The netlist that Yosys makes, multipliers and block RAMs that are written in parts."""
    _, p = write(two_layers(last_fires=False), tmp_path, fold=4)
    sources = [s for s in sorted(benches.RTL.glob("*.v")) if s.name != "rv_mac.v"]
    sources += [ROOT / "hdl" / "ice40" / "rv_mac.v", ROOT / "hdl" / "sim" / "rv_sim.v"]
    names = {k: f'"{v}"' for k, v in IMAGES.items()}
    cells = netlist("rv_sim", sources, {**p.values, **names}, tmp_path)
    benches.run(
        "icarus", "rv_sim", "core_tb", tmp_path, {}, [tmp_path / "net.v", cells],
        {"RANVIER_BENCH_CASE": str(tmp_path / "case.json")}, {"NO_ICE40_DEFAULT_ASSIGNMENTS": 1},
    )  # fmt: skip


def test_the_gates_of_the_whole_chip_equal_the_golden_model(tmp_path: Path) -> None:
    """The top with SPI, single-port RAM and pins: the driver loads it, and it spikes."""
    net = two_layers(last_fires=True)
    plan, p = write(net, tmp_path, lanes=2)
    ice40 = {s.name: s for s in (ROOT / "hdl" / "ice40").glob("*.v")}
    sources = [s for s in sorted(benches.RTL.glob("*.v")) if s.name not in ice40]
    names = {k: f'"{IMAGES[k]}"' for k in ("Table", "Thresholds")}
    values = {**p.values, **emit.QUEUES, **names, "ClockPin": 1, "Signature": "32'd77"}
    cells = netlist("rv_up5k", [*sources, *ice40.values()], values, tmp_path)
    assert "SB_SPRAM256KA" in (tmp_path / "cells.txt").read_text()
    raw = (np.random.default_rng(6).random((1, 2, SOURCES)) < 0.6).astype(np.int64)
    trace = reference.simulate(net, raw)
    fired = [np.flatnonzero(row).tolist() for row in trace.spikes["b"][0]]
    assert sum(map(len, fired)) == 4
    steps = [
        (pins.step_events(row), [*spikes, 1 << p["AddressW"]])
        for row, spikes in zip(raw[0], fired, strict=True)
    ]
    known = {"layout": asdict(pins.layout(p, 77)), "steps": steps,
             "weights": pins.memories(plan, p).weights}  # fmt: skip
    (tmp_path / "chip.json").write_text(json.dumps(known))
    benches.run(
        "icarus", "rv_up5k", "up5k_tb", tmp_path, {}, [tmp_path / "net.v", cells],
        {"RANVIER_HDL_CASE": str(tmp_path / "chip.json")}, {"NO_ICE40_DEFAULT_ASSIGNMENTS": 1},
    )  # fmt: skip
