# SPDX-License-Identifier: Apache-2.0
"""Recordings larger than memory: what is read in batches means what it means whole."""

import os
import pty
import signal
import subprocess
import sys
import time
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.commands import answer, fails
from tests.unit.nets import DT, counts, li, lif, read, weights, write_graph

from ranvier import metrics, reference
from ranvier.errors import RanvierError
from ranvier.frontends import data as data_module
from ranvier.frontends import npy
from ranvier.frontends.data import Data, load_data, make_data
from ranvier.frontends.sources import Held, Streamed
from ranvier.model import Model
from ranvier.tools.files import npz_bytes
from ranvier.tools.verbs import batches
from ranvier.tools.verbs.quantize import quantize
from ranvier.tools.verbs.simulate import simulate

X = counts(samples=7, steps=20)
Y = np.arange(7) % 2


@pytest.fixture
def streaming(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read every file as if it were too large."""
    monkeypatch.setattr(data_module, "SMALL", 0)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """Weights on a grid, so that sums in any order are the same."""
    grid = [np.round(weights(*shape, seed=k) * 8) / 8 for k, shape in enumerate([(8, 3), (2, 8)])]
    nodes = {"a": nir.Linear(grid[0]), "h": lif(8), "b": nir.Linear(grid[1]), "r": li(2)}
    path = tmp_path_factory.mktemp("model") / "m.nir"
    return read(write_graph(path, (3,), 2, nodes, dt=DT), dialect="nir")


def saved(folder: Path, how: str, **arrays: Any) -> Path:
    """Write arrays so that they are read in the way `how`."""
    if how == "folder":
        for name, array in arrays.items():
            np.save(folder / f"{name}.npy", array)
        return folder
    if how == "npy":
        np.save(folder / "x.npy", arrays["x"])
        return folder / "x.npy"
    save = np.savez if how == "stored" else np.savez_compressed
    save(folder / "d.npz", **arrays)
    return folder / "d.npz"


WAYS = ("stored", "packed", "npy", "folder")


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


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.usefixtures("streaming")
def test_the_first_value_that_is_no_number_is_named(tmp_path: Path, how: str) -> None:
    x = X.astype(np.float32)
    x[4, 13, 2], x[5] = np.nan, np.inf
    data = load_data(saved(tmp_path, how, x=x))
    done: list[int] = []
    for use in (lambda: done.extend(at.stop for at, _ in data.batches(2)), lambda: data.x):
        with pytest.raises(RanvierError) as caught:
            use()
        assert caught.value.code == "D004"
        assert caught.value.what == "x[4, 13, 2] is nan"
    assert done == [2, 4], "what comes before it was given"
    with pytest.raises(RanvierError) as whole:
        make_data(x, name=data.name)
    assert str(whole.value) == str(caught.value)


@pytest.mark.parametrize(
    ("code", "arrays"),
    [
        ("D002", {"x": np.zeros((2, 3), complex)}),
        ("D002", {"x": np.zeros(3)}),
        ("D003", {"x": np.zeros((2, 0, 3), int)}),
        ("D005", {"x": X, "y": Y[:-1]}),
        ("D005", {"x": X, "mask": np.full((7, 20), 2)}),
        ("D006", {"x": X, "y": Y / 2}),
    ],
)
@pytest.mark.parametrize("how", ["stored", "packed", "folder"])
@pytest.mark.usefixtures("streaming")
def test_what_is_wrong_is_said_without_reading_the_samples(
    tmp_path: Path, how: str, code: str, arrays: dict[str, Any]
) -> None:
    with pytest.raises(RanvierError) as caught:
        load_data(saved(tmp_path, how, **arrays))
    assert caught.value.code == code


@pytest.mark.usefixtures("streaming")
def test_damage_is_found_while_reading(tmp_path: Path) -> None:
    rng, seen = np.random.default_rng(0), 0
    x = rng.integers(0, 9, (7, 40, 3))
    for how in ("stored", "packed"):
        path = saved(tmp_path, how, x=x)
        good = path.read_bytes()
        for k in range(0, len(good), 97):
            bad = bytearray(good)
            bad[k] ^= 0x55
            path.write_bytes(bad)
            try:
                got = np.concatenate([p for _, p in load_data(path).batches(2)])
            except RanvierError as e:
                assert e.code in ("D001", "D002", "D003", "D016")
                seen += 1
                continue
            np.testing.assert_array_equal(got, x)
    assert seen > 50


@pytest.mark.usefixtures("streaming")
def test_columns_first_and_samples_too_large_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(tmp_path, "stored", x=np.asfortranarray(X), y=Y)
    np.testing.assert_array_equal(load_data(path).x, X)
    text = b"{'descr': '|u1', 'fortran_order': False, 'shape': (1, 1000000, 1000000), }\n"
    with (tmp_path / "s.npy").open("wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text)
        file.truncate(10 + len(text) + 10**12)  # a hole: no disk is used
    with pytest.raises(RanvierError, match="D016"):
        load_data(tmp_path / "s.npy")
    many = text.replace(b"(1, 1000000, 1000000)", b"(1000000, 1000, 1000)")
    with (tmp_path / "s.npy").open("r+b") as file:
        file.write(b"\x93NUMPY\x01\x00" + len(many).to_bytes(2, "little") + many)
        file.truncate(10 + len(many) + 10**12)
    data = load_data(tmp_path / "s.npy")
    assert data.shape == (1000000, 1000, 1000)
    assert next(data.batches())[1].shape == (16, 1000, 1000)


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npy, "LARGEST_HELD", 2**20)
    np.savez_compressed(tmp_path / "d.npz", x=X, y=np.zeros(2**23, np.uint8))
    tracemalloc.start()
    with pytest.raises(RanvierError, match="D016"):
        load_data(tmp_path / "d.npz")
    assert tracemalloc.get_traced_memory()[1] < 2**22
    tracemalloc.stop()


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


# NIR's data objects


def written(path: Path, signal: Any, **more: Any) -> Path:
    """Write one signal as nir does; `more` are further observables."""
    observables = {"spikes": signal, **more}
    nodes = {"input": nir.NIRNodeData(observables)}
    nir.write_data(path, nir.NIRGraphData(nodes))
    return path


def test_gridded_signals_are_read(tmp_path: Path, model: Model) -> None:
    path = written(tmp_path / "d.h5", nir.TimeGriddedData(X > 1, DT))
    data = load_data(path)
    assert data.dt == DT
    np.testing.assert_array_equal(data.x, X > 1)
    for at, part in data.batches(3):
        np.testing.assert_array_equal(part, (X > 1)[at])
    assert simulate(model, path).spikes == simulate(model, make_data(X > 1)).spikes
    values = written(tmp_path / "v.h5", nir.TimeGriddedData(X / 3, 2 * DT))
    with pytest.raises(RanvierError, match="D017"):
        simulate(model, values)


def events(samples: int = 3) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Return index and time of events, some of them missing, and the counts they make."""
    rng = np.random.default_rng(4)
    index = rng.integers(-1, 3, (samples, 60))
    step = rng.integers(0, 20, (samples, 60))
    grid = np.zeros((samples, 20, 3), np.int64)
    for k in range(samples):
        there = index[k] >= 0
        np.add.at(grid[k], (step[k][there], index[k][there]), 1)
    return index, np.where(index < 0, np.inf, step * DT), grid


def test_events_are_counted_in_steps(tmp_path: Path, model: Model) -> None:
    index, time, grid = events()
    assert grid.max() > 1
    path = written(tmp_path / "d.h5", nir.EventData(index, time, 3, 20 * DT))
    np.testing.assert_array_equal(load_data(path, dt=DT).x, grid)
    np.testing.assert_array_equal(load_data(path, dt=DT).first(2).x, grid[:2])
    assert simulate(model, path).spikes == simulate(model, make_data(grid)).spikes
    with pytest.raises(RanvierError, match="D017"):
        load_data(path)
    value = np.full(index.shape, 0.25)
    valued = nir.ValuedEventData(index, time, 3, 20 * DT, value)
    np.testing.assert_array_equal(
        load_data(written(tmp_path / "v.h5", valued), dt=DT).x, grid * 0.25
    )


def hostile(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    import h5py

    index, time, _ = events()
    good = nir.EventData(index, time, 3, 20 * DT)
    grid = nir.TimeGriddedData(X.astype(float), DT)
    yield "D001", written(tmp_path / "a.h5", nir.EventData(index, time + 1, 3, 20 * DT))
    yield "D001", written(tmp_path / "b.h5", nir.EventData(index + 7, time, 3, 20 * DT))
    yield "D001", written(tmp_path / "c.h5", nir.EventData(index, time, 3, -1.0))
    yield "D016", written(tmp_path / "d.h5", nir.EventData(index, time, 3, 1e12))
    yield "D016", written(tmp_path / "e.h5", nir.EventData(index, time, 10**9, 20.0))
    yield "D003", written(tmp_path / "f.h5", nir.EventData(index, time, 3, DT / 10))
    yield "D004", written(tmp_path / "g.h5", nir.TimeGriddedData(np.full((1, 2, 3), np.inf), DT))
    yield "D002", written(tmp_path / "h.h5", nir.TimeGriddedData(np.zeros((1, 2, 3), complex), DT))
    changes: list[tuple[str, Any]] = [
        ("D001", lambda f, g: f.attrs.__setitem__("__type__", "Poem")),
        ("D001", lambda f, g: f.__delitem__("nodes/input/observables")),
        ("D001", lambda f, g: f.move("nodes/input/observables/spikes", "nodes/input/spikes")),
        ("D001", lambda f, g: g.__delitem__("data")),
        ("D001", lambda f, g: g.attrs.__setitem__("dt", "soon")),
        ("D001", lambda f, g: g.attrs.__setitem__("dt", 0.0)),
        ("D001", lambda f, g: link(g, h5py.ExternalLink("other.h5", "/data"))),
        ("D001", lambda f, g: link(g, h5py.SoftLink("/nodes"))),
        ("D016", lambda f, g: claimed(g, (1, 2**20, 2**20))),
        ("D001", lambda f, g: claimed(g, (4, 4, 2**28), chunks=(1, 1, 2**28))),
        ("D002", lambda f, g: claimed(g, (4, 4))),
    ]
    for k, (code, change) in enumerate(changes):
        path = written(tmp_path / f"{k}.h5", grid)
        with h5py.File(path, "r+") as file:
            change(file, file["nodes/input/observables/spikes"])
        yield code, path
    two = nir.NIRGraphData({"a": nir.NIRNodeData({"s": good}), "b": nir.NIRNodeData({"s": good})})
    nir.write_data(tmp_path / "two.h5", two)
    yield "D001", tmp_path / "two.h5"
    (tmp_path / "cut.h5").write_bytes((tmp_path / "0.h5").read_bytes()[:900])
    yield "D001", tmp_path / "cut.h5"


def link(group: Any, to: Any) -> None:
    del group["data"]
    group["data"] = to


def claimed(group: Any, shape: tuple[int, ...], chunks: Any = True) -> None:
    """Claim a shape without a value in it."""
    del group["data"]
    group.create_dataset("data", shape, "f8", chunks=chunks)


def test_data_objects_that_cannot_be_recordings_are_refused(tmp_path: Path) -> None:
    seen = 0
    for code, path in hostile(tmp_path):
        with pytest.raises(RanvierError) as caught:
            data = load_data(path, dt=DT)
            for _ in data.batches(1):
                pass
        assert (caught.value.code, caught.value.loc) == (code, str(path)), path.name
        seen += 1
    assert seen == 21


def test_the_command_line_reads_any_of_them(tmp_path: Path, model: Model) -> None:
    nodes = {"a": nir.Linear(weights(8, 3)), "h": lif(8)}
    path = write_graph(tmp_path / "m.nir", (3,), 8, nodes, dt=DT, dialect="nir")
    np.save(tmp_path / "x.npy", X)
    grid = written(tmp_path / "d.h5", nir.TimeGriddedData(X.astype(float), DT))
    found = [answer("simulate", path, "--data", d)["spikes"] for d in (tmp_path / "x.npy", grid)]
    assert found[0] == found[1]
    assert found[0]["h"] > 50
    late = written(tmp_path / "l.h5", nir.TimeGriddedData(X.astype(float), 2 * DT))
    fails(tmp_path, "D017", "simulate", path, "--data", late)
    assert isinstance(load_data(grid), Data)
