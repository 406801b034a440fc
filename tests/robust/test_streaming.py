# SPDX-License-Identifier: Apache-2.0
"""Recordings larger than memory: what is read in batches means what it means whole."""

import os
import pty
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import nir
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.robust.recordings import WAYS, X, Y, saved
from tests.unit.nets import DT, counts, lif, weights, write_graph

from ranvier import metrics, reference
from ranvier.errors import RanvierError
from ranvier.frontends import data as data_module
from ranvier.frontends.data import load_data, make_data
from ranvier.frontends.sources import Held, Streamed
from ranvier.model import Model
from ranvier.tools.files import npz_bytes
from ranvier.tools.verbs import batches
from ranvier.tools.verbs.quantize import quantize
from ranvier.tools.verbs.simulate import simulate


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("dtype", ["u1", ">i2", "<f4", "?"])
@pytest.mark.usefixtures("streaming")
def test_batches_are_the_samples_in_order(tmp_path: Path, how: str, dtype: str) -> None:
    x = X.reshape(7, 20, 3, 1).astype(dtype)
    data = load_data(saved(tmp_path, how, x=x, y=Y))
    assert isinstance(data.source, Streamed)
    assert (data.shape, data.dtype) == ((7, 20, 3), x.dtype)
    for each in (1, 2, 3, 7, 100):
        parts = list(data.batches(each))
        assert [at.start for at, _ in parts] == list(range(0, 7, each))
        np.testing.assert_array_equal(np.concatenate([p for _, p in parts]), X.astype(dtype))
    np.testing.assert_array_equal(data.x, X.astype(dtype))
    assert isinstance(data.x, np.memmap) == (how != "packed")
    first = data.first(3)
    np.testing.assert_array_equal(first.x, X[:3].astype(dtype))
    assert first.y is None or len(first.y) == 3


@settings(max_examples=15)
@given(size=st.integers(1, 4000), seed=st.integers(0, 3))
def test_any_division_into_batches_gives_the_same(model: Model, size: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 4, X.shape), rng.normal(0, 1, (7, 20, 2))
    mask = rng.random((7, 20)) < 0.8
    data = make_data(x, y, mask)
    network = quantize(model, data).network
    for found in (model, network):
        whole = simulate(found, data)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(batches, "_VALUES", size)
            parts = simulate(found, data)
        assert parts.to_json() == whole.to_json()
        assert whole.metric is not None
        assert whole.spikes["h"] > 50
        assert (parts.classes == whole.classes).all()
        for name, array in whole.arrays.items():
            np.testing.assert_array_equal(parts.arrays[name], array)
            assert parts.arrays[name].dtype == array.dtype
    with pytest.MonkeyPatch.context() as patch:
        before = quantize(model, data).to_json()
        patch.setattr(batches, "_VALUES", size)
        assert quantize(model, data).to_json() == before


@given(st.integers(1, 7), st.integers(0, 9))
def test_r2_does_not_hang_on_how_samples_were_divided(each: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    out, y = rng.normal(0, 1, (2, 7, 11, 3))
    mask = rng.random((7, 11)) < 0.6
    score = metrics.R2(y, mask, y.shape, "d")
    for first in range(0, 7, each):
        at = slice(first, min(first + each, 7))
        score.add(at, out[at], np.zeros(1, int))
    assert score.metric() == metrics.r2(out, y, mask, "d")
    o, t = out[mask], y[mask]
    plain = 1 - ((o - t) ** 2).sum(axis=0) / ((t - t.mean(axis=0)) ** 2).sum(axis=0)
    assert score.metric().value == pytest.approx(float(plain.mean()), rel=1e-12)


@pytest.mark.usefixtures("streaming")
def test_files_and_arrays_give_the_same_network_and_report(tmp_path: Path, model: Model) -> None:
    wanted = quantize(model, make_data(X, Y, name="d")).to_json()
    for how in ("stored", "packed", "folder"):
        (tmp_path / how).mkdir()
        data = load_data(saved(tmp_path / how, how, x=X, y=Y))
        assert {**quantize(model, data).to_json(), "evaluated_on": "d"} == wanted


@pytest.mark.parametrize("small", [0, 2**26])
def test_progress_is_told_in_every_pass(
    tmp_path: Path, model: Model, small: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_module, "SMALL", small)
    monkeypatch.setattr(batches, "_VALUES", 1)
    path = saved(tmp_path, "stored", x=X)
    seen: list[tuple[int, int]] = []
    simulate(model, path, progress=lambda *at: seen.append(at))
    assert seen == [(k, 7) for k in range(1, 8)]
    seen.clear()
    quantize(model, path, data=path, progress=lambda *at: seen.append(at))
    assert seen[-7:] == [(k, 7) for k in range(1, 8)]
    assert seen.count((7, 7)) == 3, "ranges, encoding, and what it cost"


@pytest.mark.parametrize("size", [1, 1000, 2**24])
def test_a_trace_is_written_in_parts_with_the_bytes_of_the_whole(
    tmp_path: Path, model: Model, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = make_data(X, Y)
    wanted = npz_bytes(simulate(model, data).arrays)
    monkeypatch.setattr(batches, "_VALUES", size)
    found = simulate(model, data, keep=False, trace=tmp_path / "t.npz")
    assert found.arrays == {}
    assert (tmp_path / "t.npz").read_bytes() == wanted
    assert [p.name for p in tmp_path.iterdir()] == ["t.npz"]


def test_an_error_leaves_no_trace(tmp_path: Path, model: Model) -> None:
    x = X.astype(np.float32)
    x[6, 3, 1] = np.nan
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data_module, "SMALL", 0)
        patch.setattr(batches, "_VALUES", 1)
        path = saved(tmp_path, "packed", x=x)
        done: list[int] = []
        with pytest.raises(RanvierError, match="D004"):
            simulate(
                model, load_data(path), trace=tmp_path / "t.npz",
                progress=lambda k, _: done.append(k),
            )  # fmt: skip
    assert done == [1, 2, 3, 4, 5, 6]
    assert [p.name for p in tmp_path.iterdir()] == ["d.npz"]


def test_an_interrupt_leaves_no_trace(tmp_path: Path) -> None:
    nodes = {"a": nir.Linear(weights(8, 3)), "h": lif(8)}
    write_graph(tmp_path / "m.nir", (3,), 8, nodes, dt=DT, dialect="nir")
    np.savez(tmp_path / "d.npz", x=counts(samples=40, steps=100_000))
    before = {p.name for p in tmp_path.iterdir()}
    argv = [sys.executable, "-m", "ranvier", "simulate", "m.nir", "--data", "d.npz", "-o", "t.npz"]
    process = subprocess.Popen(argv, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    limit = time.monotonic() + 60
    while {p.name for p in tmp_path.iterdir()} == before:
        assert time.monotonic() < limit, "it never began"
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert "interrupted" in process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert {p.name for p in tmp_path.iterdir()} == before


@pytest.mark.parametrize("patience", [0, 60])
def test_short_work_shows_no_bar(patience: int) -> None:
    code = (
        "from ranvier.tools.cli.options import progress\n"
        f"with progress('working', patience={patience}) as shown:\n    shown(1, 2)"
    )
    terminal, ours = pty.openpty()
    env = {**os.environ, "TERM": "xterm"}
    subprocess.run([sys.executable, "-c", code], stderr=ours, stdin=ours, env=env, check=True)
    os.write(ours, b"end")
    os.close(ours)
    assert (b"working" in os.read(terminal, 65536)) == (patience == 0)
    os.close(terminal)


def test_replaced_samples_keep_the_rest() -> None:
    data = make_data(X, Y, name="d")
    found = data.with_source(Held(X[:, :5]))
    assert (found.shape, found.name) == ((7, 5, 3), "d")
    assert found.y is data.y


def test_what_is_not_kept_changes_nothing(model: Model) -> None:
    network = quantize(model, make_data(X)).network
    whole = reference.simulate(network, X)
    bare = reference.simulate(network, X, keep=())
    assert whole.counts["h"] == int(whole.spikes["h"].sum()) > 50
    assert (bare.spikes, bare.v, bare.synapses, bare.inputs.shape[1]) == ({}, {}, {}, 0)
    for field in ("counts", "saturations"):
        assert getattr(bare, field) == getattr(whole, field)
    for field in ("out", "scores", "classes"):
        np.testing.assert_array_equal(getattr(bare, field), getattr(whole, field))


MEASURE = """
import numpy as np, ranvier
from ranvier.frontends.data import make_data

def peak():
    # Not getrusage: its peak begins with that of the process that started this one.
    with open("/proc/self/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmHWM")) / 1024

model = ranvier.load("m.nir")
ranvier.quantize(model, make_data(np.ones((2, 20, 1000), np.uint8)))
begin = peak()
mapped = ranvier.simulate(model, "x.npy", keep=False, trace=__import__("pathlib").Path("t.npz"))
packed = ranvier.quantize(model, "x.npz")
print(peak() - begin, mapped.spikes["h"], *packed.spikes["h"][:2])
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="/proc has the peak")
def test_memory_is_bounded_whatever_the_size_of_the_file(tmp_path: Path) -> None:
    """400 MB, a spike in every seventh sample, mapped and compressed."""
    nodes = {"a": nir.Linear(np.full((2, 1000), 30.0)), "h": lif(2)}
    write_graph(tmp_path / "m.nir", (1000,), 2, nodes, dt=DT, dialect="nir")
    x = np.lib.format.open_memmap(tmp_path / "x.npy", "w+", np.uint8, (2000, 200, 1000))
    x[::7, 3, 7] = 1
    x.flush()
    del x
    with zipfile.ZipFile(tmp_path / "x.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        file.write(tmp_path / "x.npy", "x.npy")
    env = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    argv = [sys.executable, "-c", MEASURE]
    done = subprocess.run(argv, cwd=tmp_path, env=env, capture_output=True, text=True, check=True)
    growth, *spikes = (float(word) for word in done.stdout.split())
    assert growth < 150
    assert spikes == [2 * 286] * 3
