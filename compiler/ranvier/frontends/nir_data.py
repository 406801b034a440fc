# SPDX-License-Identifier: Apache-2.0
"""Reads NIR's data objects (`nir.write_data`, nir 1.0.8): gridded signals and events, in HDF5.

The recording is that of the node called ``input``, or of the only node in the file; of its
observables the only one, or the one called ``spikes``. Events are counted in bins of dt.
"""

import math
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ranvier.errors import RanvierError
from ranvier.frontends.hdf5 import check_heaps
from ranvier.frontends.npy import unreadable
from ranvier.frontends.sources import LARGEST_SAMPLE, Array, Shape, Streamed, too_large
from ranvier.rvn import MALFORMED

_LARGEST_CHUNK = 2**28  # bytes that HDF5 unpacks at a time
_LATE = 1e-6  # steps: an event this little before a step is that step's, since k * dt is rounded


def read(path: Path, dt: float | None) -> tuple[Streamed, float]:
    """Return the samples of a file, read as they are needed, and the seconds of a step.

    Parameters
    ----------
    dt
        Seconds a step for events, which say their times only.

    Raises
    ------
    RanvierError
        D001 where the file is not NIRGraphData or leaves open which signal is meant, D002 or D003
        for a signal of a wrong type or without samples, D016 for a sample too large, D017 where
        events come without a dt.
    """
    try:
        check_heaps(path)
        with h5py.File(path, "r") as file:
            group = _signal(file)
            if _kind(group) == "TimeGriddedData":
                return _gridded(path, group)
            if dt is None:
                raise RanvierError(
                    "D017", "events have times, but nothing says how long a step is",
                    loc=str(path), hint="give the dt: load_data(path, dt=...)",
                )  # fmt: skip
            return _events(path, group, dt), dt
    except MALFORMED as e:
        raise unreadable(e, str(path)) from e


def _signal(file: Any) -> Any:
    """Return the group of the one signal that is the recording."""
    if _kind(file) != "NIRGraphData":
        raise ValueError("an HDF5 file, but not one of nir.write_data")
    nodes = _group(file, "nodes")
    node = _group(nodes, _choose(nodes, "input", "node"))
    if _kind(node) != "NIRNodeData":
        raise ValueError(f"{node.name} holds {_kind(node)}, not the data of a node")
    seen = _group(node, "observables")
    signal = _group(seen, _choose(seen, "spikes", "observable"))
    if _kind(signal) not in ("TimeGriddedData", "EventData", "ValuedEventData"):
        raise ValueError(f"{signal.name} holds {_kind(signal)}")
    return signal


def _choose(group: Any, preferred: str, what: str) -> str:
    if len(group) != 1 and preferred not in group:
        raise ValueError(f"{len(group)} {what}s and none called `{preferred}`: which is the input?")
    return preferred if preferred in group else str(next(iter(group)))


def _kind(group: Any) -> str:
    said = group.attrs.get("__type__", "nothing")
    return said.decode() if isinstance(said, bytes) else str(said)[:80]


def _member(group: Any, name: str) -> Any:
    """Return what `name` is in this very file: links are not followed."""
    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        raise ValueError(f"{group.name} has no {name} of its own")
    return group[name]


def _group(group: Any, name: str) -> Any:
    found = _member(group, name)
    if not isinstance(found, h5py.Group):
        raise ValueError(f"{found.name} is no group")
    return found


def _dataset(group: Any, name: str, axes: int) -> Any:
    found = _member(group, name)
    if not isinstance(found, h5py.Dataset) or found.external or found.is_virtual:
        raise ValueError(f"{name} is no array of this file")
    if found.chunks and math.prod(found.chunks) * found.dtype.itemsize > _LARGEST_CHUNK:
        raise ValueError(f"{name} is stored in chunks of more than {_LARGEST_CHUNK} bytes")
    if len(found.shape or ()) != axes or found.dtype.kind not in "buif":
        raise RanvierError(
            "D002", f"{found.name} has shape {found.shape} and type {found.dtype}",
            loc=str(found.file.filename), hint="numbers, as nir.write_data writes them",
        )  # fmt: skip
    return found


def _gridded(path: Path, group: Any) -> tuple[Streamed, float]:
    data, dt = _dataset(group, "data", 3), _positive(group, "dt")
    shape = _checked(tuple(int(n) for n in data.shape), data.dtype, str(path))
    read = partial(_read_gridded, path, data.name, shape)
    return Streamed(shape=shape, dtype=data.dtype, read=read, loc=str(path)), dt


def _events(path: Path, group: Any, dt: float) -> Streamed:
    times, index = _dataset(group, "time", 2), _dataset(group, "idx", 2)
    valued = _kind(group) == "ValuedEventData"
    names = ["idx", "time", *(["value"] if valued else [])]
    if any(_dataset(group, name, 2).shape != times.shape for name in names):
        raise ValueError("events whose index, time and value differ in shape")
    if index.dtype.kind not in "iu":
        raise ValueError(f"the events' index has type {index.dtype}")
    steps = math.floor(_positive(group, "t_max") / dt + _LATE)
    shape = int(times.shape[0]), steps, int(_positive(group, "n_neurons"))
    dtype = np.dtype(np.float64 if valued else np.int32)
    _checked(shape, dtype, str(path))
    if times.shape[1] * 8 * len(names) > LARGEST_SAMPLE:
        raise too_large(f"a sample has {times.shape[1]} events", str(path))
    read = partial(_read_events, path, group.name, names, shape, dtype, dt)
    return Streamed(shape=shape, dtype=dtype, read=read, loc=str(path))


def _checked(shape: tuple[int, ...], dtype: np.dtype[Any], loc: str) -> Shape:
    samples, steps, channels = shape
    if 0 in shape:
        raise RanvierError(
            "D003", f"no samples: the signal has shape {shape}", loc=loc,
            hint="is dt shorter than the recording?",
        )  # fmt: skip
    if steps * channels * dtype.itemsize > LARGEST_SAMPLE:
        raise too_large(f"a sample takes {steps * channels * dtype.itemsize} bytes", loc)
    return samples, steps, channels


def _positive(group: Any, name: str) -> float:
    value = float(group.attrs[name])
    if not 0 < value < math.inf:
        raise ValueError(f"{name} is {value}")
    return value


def _read_gridded(path: Path, name: str, shape: Shape, each: int) -> Iterator[Array]:
    try:
        with h5py.File(path, "r") as file:
            for first in range(0, shape[0], each):
                yield file[name][first : min(first + each, shape[0])]
    except MALFORMED as e:
        raise unreadable(e, str(path)) from e


def _read_events(
    path: Path, name: str, names: list[str], shape: Shape, dtype: np.dtype[Any], dt: float,
    each: int,
) -> Iterator[Array]:  # fmt: skip
    try:
        with h5py.File(path, "r") as file:
            group = file[name]
            for first in range(0, shape[0], each):
                part = np.zeros((min(each, shape[0] - first), *shape[1:]), dtype)
                for k, grid in enumerate(part):
                    rows = [group[n][first + k] for n in names]
                    _count(grid, first + k, rows, dt)
                yield part
    except MALFORMED as e:
        raise unreadable(e, str(path)) from e


def _count(grid: Array, sample: int, rows: list[Array], dt: float) -> None:
    """Add one sample's events to its grid (steps, neurons); an index of -1 is no event."""
    there = rows[0] != -1
    index, time = rows[0][there], rows[1][there].astype(np.float64)
    value = rows[2][there] if len(rows) > 2 else 1
    step = np.floor(time / dt + _LATE)
    wrong = ~((step >= 0) & (step < len(grid)) & (index >= 0) & (index < grid.shape[1]))
    if wrong.any():
        k = int(np.flatnonzero(wrong)[0])
        raise ValueError(
            f"sample {sample}: an event of neuron {index[k]} at {time[k]} s, outside the recording"
        )
    np.add.at(grid, (step.astype(np.int64), index.astype(np.int64)), value)
