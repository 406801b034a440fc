# SPDX-License-Identifier: Apache-2.0
"""NIR's data objects as recordings: gridded signals, events, and files that cannot be any."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.commands import answer, fails
from tests.robust.recordings import X
from tests.unit.nets import DT, lif, weights, write_graph

from ranvier.errors import RanvierError
from ranvier.frontends.data import Data, load_data, make_data
from ranvier.model import Model
from ranvier.tools.verbs.simulate import simulate


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
