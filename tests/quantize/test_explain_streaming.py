# SPDX-License-Identifier: Apache-2.0
"""`explain` of recordings larger than memory: batches give what the whole gives."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest
from tests.unit.nets import DT, counts, lif, small_model, write_graph

from ranvier.frontends import data as data_module
from ranvier.frontends.data import Data, load_data, make_data
from ranvier.ir import Network
from ranvier.model import Model
from ranvier.quantize.ptq import Formats, quantize_model
from ranvier.tools.report.explain import page
from ranvier.tools.verbs import batches
from ranvier.tools.verbs.explain import Explained, explain
from ranvier.tools.verbs.load import load_model

SAMPLES, STEPS = 13, 40


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Model, Network, Data]:
    """Return a model, a coarse network that saturates, and recordings of which the first is quiet.

    The spikes of that part late, so that the first divergence is of another batch.
    """
    model = load_model(small_model(tmp_path_factory.mktemp("m") / "m.nir"))
    x = counts(samples=SAMPLES, steps=STEPS)
    x[:3, :30] = 0
    rng = np.random.default_rng(2)
    y, mask = rng.normal(0, 1, (SAMPLES, STEPS, 2)), rng.random((SAMPLES, STEPS)) < 0.8
    network = quantize_model(model, make_data(x), Formats(weights=3))
    hidden, readout = network.populations
    louder = replace(network.projections[1], shift=network.projections[1].shift + 2)
    wild = replace(network, projections=(network.projections[0], louder))
    return model, replace(wild, populations=(hidden, readout)), make_data(x, y, mask)


def alike(a: Any, b: Any) -> bool:
    """Tell whether two reports are the same but for the last bits of sums."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(alike(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(alike, a, b))
    return bool(a == pytest.approx(b, rel=1e-6, abs=1e-9)) if isinstance(a, float) else a == b


def courses(r: Explained) -> list[tuple[int, int]]:
    return [(x.sample, x.output) for x in r.found.readouts.values()]


@pytest.mark.parametrize("size", [1, 7000, 20_000])
def test_any_division_into_batches_explains_the_same(
    made: tuple[Model, Network, Data], size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = explain(*made)
    monkeypatch.setattr(batches, "_VALUES", size)
    seen: list[tuple[int, int]] = []
    parts = explain(*made, progress=lambda *at: seen.append(at))
    n = batches.at_once(made[1], made[2]) // 4
    assert n < SAMPLES
    first = whole.found.first
    assert first is not None
    assert first.sample >= max(1, n), "it is in the first batch: nothing is seen of others"
    assert whole.saturating()
    assert whole.found.fixed_metric is not None
    assert alike(parts.to_json(), whole.to_json())
    assert parts.to_json()["samples"] == SAMPLES
    assert courses(parts) == courses(whole)
    assert page(parts).count("<svg") == page(whole).count("<svg") == 4
    assert [a for a, _ in seen] == list(range(1, seen[-1][1] + 1))


def test_the_first_divergence_and_its_course_belong_together(
    made: tuple[Model, Network, Data], monkeypatch: pytest.MonkeyPatch
) -> None:
    for size in (1, 2**24):
        monkeypatch.setattr(batches, "_VALUES", size)
        found = explain(*made).found
        assert found.first is not None
        assert found.parting is not None
        at = found.first.step, found.first.neuron
        assert found.parting.real[at] == found.first.float_spikes
        assert found.parting.whole[at] == found.first.fixed_spikes
        before = slice(0, found.first.step)
        np.testing.assert_array_equal(found.parting.real[before], found.parting.whole[before])


def test_a_file_is_read_in_parts(
    made: tuple[Model, Network, Data], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, network, data = made
    np.savez_compressed(tmp_path / "d.npz", x=data.x, y=np.arange(SAMPLES) % 2)
    wanted = explain(model, network, tmp_path / "d.npz").to_json()
    monkeypatch.setattr(data_module, "SMALL", 0)
    streamed = load_data(tmp_path / "d.npz")
    assert explain(model, network, streamed).to_json() == wanted
    few = explain(model, network, streamed, samples=5).to_json()
    assert few["samples"] == 5


MEASURE = """
import numpy as np, ranvier
from ranvier.frontends.data import make_data

def peak():
    with open("/proc/self/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmHWM")) / 1024

model = ranvier.load("m.nir")
network = ranvier.quantize(model, make_data(np.ones((2, 20, 1000), np.uint8))).network
ranvier.explain(model, network, make_data(np.ones((2, 20, 1000), np.uint8)))
begin = peak()
found = ranvier.explain(model, network, "x.npy").to_json()
print(peak() - begin, found["samples"], found["layers"][0]["spikes"]["float"])
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="/proc has the peak")
def test_memory_is_bounded_whatever_the_size_of_the_file(tmp_path: Path) -> None:
    """60 MB of raw samples, which were 2.3 GB of signals at once."""
    write_graph(
        tmp_path / "m.nir", (1000,), 2, {"a": nir.Linear(np.full((2, 1000), 30.0)), "h": lif(2)},
        dt=DT, dialect="nir",
    )  # fmt: skip
    x = np.lib.format.open_memmap(tmp_path / "x.npy", "w+", np.uint8, (300, 200, 1000))
    x[::7, 3, 7] = 1
    x.flush()
    del x
    env = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    argv = [sys.executable, "-c", MEASURE]
    done = subprocess.run(argv, cwd=tmp_path, env=env, capture_output=True, text=True, check=True)
    growth, samples, spikes = (float(word) for word in done.stdout.split())
    assert (samples, spikes) == (300, 2 * 43)
    assert growth < 150, f"{growth:.0f} MB"
