# SPDX-License-Identifier: Apache-2.0
"""Compiles a network's C for this machine under sanitizers, and compares what it does."""

import itertools
import os
import subprocess
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tests.link_build import UNDEFINED
from tests.needs import need_program

from ranvier import reference
from ranvier.errors import RanvierError
from ranvier.ir import Network
from ranvier.targets.mcu.board import board
from ranvier.targets.mcu.build import WARNINGS, build_hash_source, sources
from ranvier.targets.mcu.layouts import own_layout
from ranvier.targets.mcu.lower import lower
from ranvier.targets.mcu.plan import Plan, ProjectionPlan
from ranvier.tools.link.host import HostLibrary, HostRun

HOST = board("host")
ADDRESS = ("-fsanitize=address", *UNDEFINED)

# Runs the network on the samples in its input, in memory of the exact size; prints all it did.
MAIN = """
#include "../../boards/host/rv_host.h"
#include "ranvier/image.h"
#include <stdio.h>
#include <stdlib.h>

static void *memory(size_t n)
{
    void *p = calloc(1, n ? n : 1);

    return p ? p : (exit(2), p);
}

int main(int argc, char **argv)
{
    const uint32_t steps = (uint32_t)atoi(argv[argc - 2]);
    const size_t raw_bytes = (size_t)atoi(argv[argc - 1]);
    const size_t outputs = steps * (size_t)rv_net.n_outputs;
    void *raw = memory(raw_bytes);
    int32_t *out = memory(4 * outputs);
    uint16_t *decoded = memory(2 * steps);
    rv_host_trace_t *trace = memory(sizeof(rv_host_trace_t) * rv_net.n_populations);
    size_t *sizes = memory(sizeof(size_t) * rv_net.n_populations);

    for (uint16_t k = 0; k < rv_net.n_populations; ++k) {
        sizes[k] = steps * (size_t)rv_net.populations[k].size;
        trace[k].v = memory(4 * sizes[k]);
        trace[k].syn = memory(4 * sizes[k] * rv_net.populations[k].n_synapses);
        trace[k].counts = memory(2 * sizes[k]);
    }
    if (fread(raw, 1, raw_bytes, stdin) != raw_bytes) {
        return 2;
    }
    rv_host_run(memory(rv_net.state_bytes), 1, steps, raw, out, decoded, trace);
    fwrite(out, 4, outputs, stdout);
    fwrite(decoded, 2, steps, stdout);
    for (uint16_t k = 0; k < rv_net.n_populations; ++k) {
        fwrite(trace[k].v, 4, sizes[k], stdout);
        fwrite(trace[k].syn, 4, sizes[k] * rv_net.populations[k].n_synapses, stdout);
        fwrite(trace[k].counts, 2, sizes[k], stdout);
    }
    return 0;
}
"""


class Kernels:
    """The host board's sources, each compiled once with the same flags."""

    def __init__(self, folder: Path, *flags: str) -> None:
        gcc = need_program("gcc", "gcc libc6-dev")
        self.folder = folder
        self.compile = (gcc, *WARNINGS, "-O1", "-g1", "-fPIC", "-fvisibility=hidden", *flags)
        self.numbers = itertools.count()

    def build(self, plan: Plan, *link: str, main: str = "") -> Path:
        """Compile and link a network's C; gcc's complaints fail the test."""
        place = self.folder / str(next(self.numbers))
        texts = {**sources(plan, HOST), "net/hash.c": build_hash_source(bytes(32))}
        if main:
            texts["net/main.c"] = main
        own = [_write(place / path, text) for path, text in texts.items() if "net/" in path]
        shared = [
            _write(self.folder / path, text) for path, text in texts.items() if "net/" not in path
        ]
        inputs = [path for path in own if path.suffix == ".c"]
        inputs += [self._object(path) for path in shared if path.suffix == ".c"]
        image = place / "image"
        self._gcc(f"-I{place / 'net'}", *map(str, inputs), *link, "-o", str(image))
        return image

    def _object(self, source: Path) -> Path:
        found = source.with_suffix(".o")
        if not found.exists():
            self._gcc("-c", str(source), "-o", str(found))
        return found

    def _gcc(self, *arguments: str) -> None:
        folders = [f"-I{self.folder / folder}" for folder in ("include", "src")]
        command = [*self.compile, *folders, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def _write(path: Path, text: str) -> Path:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return path


def record(image: Path, raw: NDArray[np.integer]) -> HostRun:
    return HostLibrary(image).run(raw, ("v", "syn", "counts"))


def compare(
    kernels: Kernels, n: Network, raw: NDArray[np.integer], plan: Plan | None = None
) -> Counter[str]:
    """Fail unless the C does what the golden model does, step by step; say how much there was."""
    trace = reference.simulate(n, raw)
    image = kernels.build(plan or lower(n), "-shared")
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as apart:  # UBSan ends the process
        run = apart.submit(record, image, raw.reshape(len(raw), trace.out.shape[1], -1)).result()
    for p in n.populations:
        np.testing.assert_array_equal(run.v[p.name], trace.v[p.name], f"v of {p.name}")
        if p.synapses:
            np.testing.assert_array_equal(run.syn[p.name], trace.synapses[p.name], p.name)
        if p.fire is not None:
            np.testing.assert_array_equal(run.counts[p.name], trace.spikes[p.name], p.name)
    np.testing.assert_array_equal(run.outputs, trace.out, "outputs")
    np.testing.assert_array_equal(run.decoded, classes(n, trace.out), "class after each step")
    return Counter(
        spikes=sum(int(s.sum()) for s in trace.spikes.values()),
        saturating=int(any(trace.saturations.values())),
        several=sum(int((s > 1).sum()) for s in trace.spikes.values()),
    )


def compare_in_its_memory(checked: Kernels, plan: Plan, raw: NDArray[np.integer]) -> int:
    """Do so for one sample in a program whose every array ends where it should; count spikes."""
    n, spikes = plan.network, 0
    trace = reference.simulate(n, raw)
    steps = trace.out.shape[1]
    done = subprocess.run(
        [checked.build(plan, main=MAIN), str(steps), str(raw.nbytes)],
        input=raw.tobytes(), capture_output=True, check=False,
        env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    expected = trace.out.astype(np.int32).tobytes()
    expected += classes(n, trace.out).astype(np.uint16).tobytes()
    for p in n.populations:
        expected += trace.v[p.name].astype(np.int32).tobytes()
        expected += trace.synapses[p.name].astype(np.int32).tobytes()
        counts = trace.spikes.get(p.name, np.zeros((1, steps, p.size), np.int64))
        expected += counts.astype(np.int16).tobytes()
        spikes += int(counts.sum())
    assert done.stdout == expected
    return spikes


def classes(n: Network, out: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the class after each step, (samples, steps)."""
    scores = [reference.decode_scores(n, out[:, : t + 1]) for t in range(out.shape[1])]
    return np.asarray(np.stack(scores, 1).argmax(axis=2), np.int64)


def accepted(n: Network) -> bool:
    try:
        lower(n)
    except RanvierError as e:
        assert e.code == "C002", e
        return False
    return True


def as_they_are(plan: Plan) -> Plan:
    """Return `plan` with each connection in the layout of its kind, however large."""

    def own(q: ProjectionPlan) -> ProjectionPlan:
        found = own_layout(q.projection.connection, q.projection.bits)
        return q if found is None or q.single else replace(q, layout=found)

    populations = tuple(
        replace(p, projections=tuple(own(q) for q in p.projections)) for p in plan.populations
    )
    return replace(plan, populations=populations)
