# SPDX-License-Identifier: Apache-2.0
"""Measure the Verilog core against tools/dev/budgets_hdl.toml; exit 1 past a budget.

Cycles are those of the simulated core, which is bit-exact; cells and clocks are what Yosys and
nextpnr report, by its own delays. Power is an estimate, see
`ranvier.energy.fpga`.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from ranvier import reference
from ranvier.energy.fpga import NOT_PRICED, Load, average_power, fpga
from ranvier.ir import Network
from ranvier.quantize.formats import Formats
from ranvier.quantize.ptq import quantize_model
from ranvier.targets.fpga.lower import lower
from ranvier.tools.dev.figures import Figure, table
from ranvier.tools.verbs import prepare
from ranvier.tools.verbs.compile import compile

ROOT = Path(__file__).resolve().parents[2]
BUDGETS = tomllib.loads(Path(__file__).with_name("budgets_hdl.toml").read_text("utf-8"))
SEEDS = 5
LANES = 8
WHEELS_ALONE = ("ecp5",)  # native programs, of whatever version, are left out
CLOCKS = (12e6, 24e6)
RECORDINGS = 10

sys.path.insert(0, str(ROOT))
from tests.hdl import cores, speeds  # noqa: E402
from tests.networks import data, model  # noqa: E402


def core(name: str, limits: dict[str, Any]) -> Iterator[Figure]:
    """Count the cycles of an empty step and of one in which all inputs are active."""
    network = speeds.layer(limits["bits"])
    empty, full = (
        speeds.cycles(
            network, limits["lanes"], limits["bits"], events, limits["fold"], limits["leak"]
        )
        for events in (0, speeds.SOURCES)
    )
    yield Figure(name, "cycles of a step without events", f"{speeds.NEURONS} neurons", empty,
                 limits["empty_step"])  # fmt: skip
    yield Figure(name, "synaptic operations a cycle", f"{speeds.SOURCES} events",
                 speeds.NEURONS * speeds.SOURCES / full, limits["operations_per_cycle"],
                 least=True)  # fmt: skip


def placed(limits: dict[str, Any], folder: Path) -> Iterator[Figure]:
    """Place and route the core with all it has."""
    target, lanes, bits = limits["target"], limits["lanes"], limits["bits"]
    path = os.environ.get("PATH", "")
    os.environ["PATH"] = "" if target in WHEELS_ALONE else path
    try:
        made = compile(
            speeds.looped(bits),
            target,
            folder / f"{target}{lanes}",
            lanes=lanes,
            clock=limits.get("clock"),
            seeds=SEEDS,
        ).build.manifest
    finally:
        os.environ["PATH"] = path
    found = made["place"]
    tried = [seed["fmax_hz"] / 1e6 for seed in found["seeds"]]
    fold = made["core"]["fold"]
    of = f"{target}, {lanes} lanes of {bits} bits"
    of += f", {lanes // fold} updated at a time" if fold > 1 else ""
    yield Figure(of, "logic cells", "256 + 256 recurrent x 256", found["cells"]["lc"]["used"],
                 limits.get("lc"))  # fmt: skip
    for kind, n in found["cells"].items():
        if kind != "lc":
            yield Figure(of, kind, f"of {n['available']}", n["used"])
    yield Figure(of, f"MHz, median of {SEEDS} seeds",
                 f"{min(tried):.1f} to {max(tried):.1f}, {found['tools']}", median(tried),
                 limits["fmax_mhz"], least=True)  # fmt: skip


def case(name: str, limits: dict[str, Any], folder: Path) -> Iterator[Figure]:
    """Run recordings through the simulated core, place it, and estimate what it draws."""
    calibration, test = data(name)
    network = quantize_model(model(name), calibration, Formats(weights=8))
    raw = prepare.raw_samples(network, test)[:RECORDINGS]
    c = cores.core(lower(network, LANES))
    counts, _ = cores.compare(network, c.plan, c, raw)
    c.close()
    cycles = counts["cycles"] / counts["steps"]
    yield Figure(name, "cycles of a step, mean", f"{LANES} lanes", cycles)
    yield Figure(name, "synaptic operations of a step", "", operations(network, raw))
    took, made = timed(network, folder / name)
    used = made["place"]["cells"]
    yield Figure(name, "s to compile to a bitstream", made["place"]["tools"], took,
                 limits.get("compile_s"))  # fmt: skip
    rate = limits.get("steps_per_s", 1 / network.dt)
    for clock in CLOCKS:
        load = Load(clock_hz=clock, cells=used["lc"]["used"], multipliers=used["dsp"]["used"],
                    cycles=cycles, steps_per_s=rate)  # fmt: skip
        power = average_power(load, fpga("ice40up5k"))
        asked = limits.get("nominal_uw") if clock == 1e6 * limits.get("clock_mhz", 0) else None
        how = (
            f"{power.low:.0f} to {power.high:.0f}, busy {load.duty:.2%}, steps {power.dynamic:.2g}"
        )
        yield Figure(name, f"uW on average at {clock / 1e6:g} MHz, {rate:g} steps/s", how,
                     power.nominal, asked)  # fmt: skip


def demo(limits: dict[str, Any], folder: Path) -> Iterator[Figure]:
    """Time the compilation of what `make demo-hdl` compiles."""
    calibration, _ = data("motion")
    network = quantize_model(model("motion"), calibration, Formats(weights=8))
    took, made = timed(network, folder / "demo")
    yield Figure("make demo-hdl", "s to compile to a bitstream", made["place"]["tools"], took,
                 limits["compile_s"])  # fmt: skip


def timed(network: Network, folder: Path) -> tuple[float, dict[str, Any]]:
    """Compile for an iCE40UP5K; return the seconds by the wall, and the manifest."""
    start = time.monotonic()
    made = compile(network, "up5k", folder).build.manifest
    return time.monotonic() - start, made


def machine() -> str:
    """Return what runs this: the processor's own name where Linux tells it, and how many."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text("utf-8").splitlines() if told.is_file() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{(names or [platform.machine()])[0]}, {os.cpu_count()} of them{load}"


def operations(network: Any, raw: Any) -> float:
    """Return the mean synaptic operations of a step: targets of each source that is not 0."""
    trace = reference.simulate(network, raw)
    total = 0.0
    for q in network.projections:
        source = trace.inputs if q.source == "input" else trace.spikes[q.source]
        active = np.count_nonzero(source.reshape(*source.shape[:2], -1), axis=2)
        total += float(active.mean()) * network.population(q.target).size
    return total


def main() -> int:
    """Measure all; return the exit code."""
    found: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        found += demo(BUDGETS["demo"], Path(folder))
        for name, limits in BUDGETS["core"].items():
            found += core(name, limits)
        for limits in BUDGETS["placed"]:
            found += placed(limits, Path(folder))
        for name, limits in BUDGETS["cases"].items():
            found += case(name, limits, Path(folder))
    said = "\n".join(
        (
            f"Compiled on {machine()}.",
            "Leak by multiplication where nothing else is said, a threshold a neuron.",
            "Power: an estimate, its clock always on; not priced:",
            *(f"  {what}" for what in NOT_PRICED),
            "",
            table(found, "", "", "", ""),
        )
    )
    sys.stdout.write(said)
    return 0 if all(f.kept for f in found) else 1


if __name__ == "__main__":
    sys.exit(main())
