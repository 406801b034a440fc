# SPDX-License-Identifier: Apache-2.0
"""Measure speed and memory against tools/dev/budgets.toml; exit 1 past a budget.

Absolute figures are those of the machine that prints them, which is named at the top. What is
timed was made by `ranvier compile`.
"""

from __future__ import annotations

import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from ranvier import connections, reference
from ranvier.frontends.data import make_data
from ranvier.ir import (
    INPUT,
    Connection,
    Conv,
    Decay,
    Decode,
    Dense,
    Encoding,
    Fire,
    Network,
    Population,
    Projection,
    Reset,
)
from ranvier.targets.mcu.board import board
from ranvier.targets.mcu.build import sources
from ranvier.targets.mcu.lower import lower
from ranvier.tools.link.host import HostLibrary
from ranvier.tools.verbs.compile import compile
from ranvier.tools.verbs.run import run

ROOT = Path(__file__).resolve().parents[2]
SEED = 1
BUDGETS = tomllib.loads((ROOT / "tools" / "dev" / "budgets.toml").read_text("utf-8"))
SIZES = (10_000, 100_000, 1_000_000, 5_000_000)  # synapses


def synthetic(inputs: int, hidden: int, outputs: int) -> Network:
    """Return a seeded random LIF network with a LI readout, int8 weights, int16 states."""
    rng = np.random.default_rng(SEED)
    zero = np.zeros(1, np.int64)
    leak = Decay(kind="leak", factor=np.array([6554]), shift=16)

    def weights(rows: int, columns: int) -> Dense:
        return Dense(weight=rng.integers(-127, 128, (rows, columns)))

    return Network(
        name="synthetic",
        dt=1e-3,
        encoding=Encoding(channels=inputs, raw="uint8", raw_low=0, raw_high=1, raw_scale=1.0),
        populations=(
            Population(
                name="hidden", size=hidden, decay=leak, bias=zero, scale=np.ones(1),
                fire=Fire(compare=">", threshold=rng.integers(300, 500, hidden)),
                reset=Reset(kind="value", value=zero),
            ),
            Population(
                name="readout", size=outputs, decay=leak, bias=zero, reset=Reset(value=zero),
                scale=np.ones(1),
            ),
        ),
        projections=(
            Projection(source=INPUT, target="hidden", connection=weights(hidden, inputs)),
            Projection(source="hidden", target="readout", connection=weights(outputs, hidden)),
        ),
        decode=Decode(
            rule="readout-mean", sources=("readout",), multiplier=np.ones(1, np.int64)
        ),
    )  # fmt: skip


def spikes(samples: int, steps: int, channels: int, activity: float) -> np.ndarray:
    """Return seeded random input spikes."""
    rng = np.random.default_rng(SEED)
    return (rng.random((samples, steps, channels)) < activity).astype(np.uint8)


def host_speed(folder: Path) -> bool:
    """Measure steps a second of host C through the Python API, one thread, 64-64-8."""
    network = synthetic(64, 64, 8)
    build = compile(network, "host", folder / "host").build
    library = HostLibrary(build.image)
    ok = True
    for activity in (0.05, 0.25):
        x = spikes(20, 5_000, 64, activity)
        best = min(_timed(partial(library.run, x)) for _ in range(5))
        rate = x.shape[0] * x.shape[1] / best
        small = reference.simulate(network, x[:2, :500])
        hidden = float(small.spikes["hidden"].mean())
        text = f"input {activity:.0%} active, hidden {hidden:.1%}"
        ok &= _report("host C, 64-64-8 LIF", text, rate, "steps/s", "host_steps_per_s", least=True)
    return ok


def compile_growth() -> bool:
    """Measure time and memory of compile without gcc, by synapses, each in a process of its own."""
    ok = True
    for synapses in SIZES:
        code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); "
        code += f"import bench; bench.compile_once({synapses})"
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        found = json.loads(done.stdout)
        text = f"{synapses} synapses, {found['text_mb']:.1f} MB of C"
        budget = synapses == 100_000
        ok &= _report("compile without gcc", text, found["seconds"], "s",
                      "compile_s_at_100k" if budget else None)  # fmt: skip
        ok &= _report("  its peak memory", "", found["peak_mb"], "MB", "compile_mb")
    return ok


def compile_once(synapses: int) -> None:
    """Lower and emit a network of so many synapses; print seconds and peak memory as JSON."""
    side = round(synapses**0.5)
    network = synthetic(side, max(1, synapses // side - 8), 8)
    where = board("host")
    begin = time.perf_counter()
    texts = sources(lower(network), where)
    seconds = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = sum(len(t) for t in texts.values()) / 1e6
    sys.stdout.write(json.dumps({"seconds": seconds, "peak_mb": peak, "text_mb": size}))


def round_trip(folder: Path) -> bool:
    """Measure one step over the emulated Cortex-M4's serial link, on the d06 network."""
    sys.path.insert(0, str(ROOT))
    from tests.networks import data, network  # the shared case

    build = compile(network("d06"), "qemu-mps2-an386", folder / "d06").build
    found = run(build, data("d06")[1], samples=10)
    text = f"d06, {found.steps} steps, one a frame"
    ok = _report("emulator, one step", text, found.round_trip_ms["median"], "ms", "round_trip_ms")
    assert found.instructions is not None
    _report("  instructions a step", "not cycles", found.instructions["mean"], "", None)
    return ok


def convolutions(folder: Path) -> bool:
    """Print what a network in the shape of N-MNIST's takes on the emulated Cortex-M4."""
    image = (2, 34, 34)
    found = compile(images(image), "qemu-mps2-an386", folder / "images").build
    _report("convolutions, 2x34x34", "bytes of ROM", found.manifest["memory"]["rom"], "B", None)
    x = make_data(spikes(1, 20, int(np.prod(image)), 0.03))
    counted = run(found, x).instructions
    assert counted is not None
    _report("  instructions a step", "3% active; not cycles", counted["mean"], "", None)
    return True


def images(image: tuple[int, int, int]) -> Network:
    """Return a seeded random network: 16 and 16 channels, pooled into 8, then 256 and 10."""
    rng = np.random.default_rng(SEED)
    zero = np.zeros(1, np.int64)

    def weights(*shape: int) -> np.ndarray:
        return rng.integers(-100, 128, shape)

    second = (16, 16, 16)
    layers: tuple[Connection, ...] = (
        Conv(weight=weights(16, 2, 5, 5), input_shape=image, stride=(2, 2), padding=(1, 1, 1, 1)),
        Conv(weight=weights(16, 16, 3, 3), input_shape=second, padding=(1, 1, 1, 1)),
        Conv(weight=weights(8, 16, 6, 6), input_shape=second, stride=(2, 2), padding=(2, 2, 2, 2)),
        Dense(weight=weights(256, 512)),
        Dense(weight=weights(10, 256)),
    )
    sizes = [connections.shape(c)[0] for c in layers]
    return Network(
        name="images",
        dt=1e-3,
        encoding=Encoding(
            channels=int(np.prod(image)), raw="uint8", raw_low=0, raw_high=1, raw_scale=1.0
        ),
        populations=tuple(
            Population(
                name=f"p{k}", size=size, bias=zero, scale=np.ones(1),
                decay=Decay(kind="leak", factor=np.array([6554]), shift=16),
                fire=Fire(compare=">", threshold=np.full(size, 600)),
                reset=Reset(kind="value", value=zero),
            )
            for k, size in enumerate(sizes)
        ),
        projections=tuple(
            Projection(source=f"p{k - 1}" if k else INPUT, target=f"p{k}", connection=c)
            for k, c in enumerate(layers)
        ),
        decode=Decode(
            rule="spike-count", sources=(f"p{len(sizes) - 1}",), multiplier=np.ones(1, np.int64)
        ),
    )  # fmt: skip


def _timed(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def _report(
    what: str, how: str, value: float, unit: str, budget: str | None, least: bool = False
) -> bool:
    limit = None if budget is None else float(BUDGETS[budget])
    ok = limit is None or (value >= limit if least else value <= limit)
    bound = "" if limit is None else f"{'>=' if least else '<='} {limit:g}"
    verdict = "" if limit is None else ("ok" if ok else "*** PAST BUDGET ***")
    sys.stdout.write(f"{what:26}{how:36}{value:>12,.3f} {unit:8}{bound:>12}  {verdict}\n")
    sys.stdout.flush()
    return ok


def main() -> int:
    """Measure everything; return the exit code."""
    cpu = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
         if line.startswith("model name")), platform.machine(),
    )  # fmt: skip
    sys.stdout.write(
        f"machine: {cpu}, {platform.system()}, Python {platform.python_version()}; seed {SEED}\n"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        results = [host_speed(folder), compile_growth(), round_trip(folder), convolutions(folder)]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
