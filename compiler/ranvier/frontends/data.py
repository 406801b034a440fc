# SPDX-License-Identifier: Apache-2.0
"""Reads recordings: `x` (samples, steps, *channels), optional `y` and `mask`; small or large."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranvier.errors import RanvierError
from ranvier.frontends import nir_data
from ranvier.frontends.hdf5 import is_hdf5
from ranvier.frontends.npy import arrays_in
from ranvier.frontends.sources import (
    LARGEST_SAMPLE,
    Held,
    Progress,
    Source,
    Streamed,
    at_once,
    check_finite,
    too_large,
    watched,
)
from ranvier.paths import exists, is_dir, is_file

SMALL = 2**26  # bytes of `x`; what is larger is read in batches


@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class Data:
    """A recording.

    Attributes
    ----------
    source
        The samples, (samples, steps, channels): integers (raw samples, spikes, counts) or floats
        (currents), in memory or read as they are needed.
    y
        Classes (samples,), or targets (samples, steps, outputs); None where there are none.
    mask
        (samples, steps), True where a step counts in a regression metric; classes ignore it, since
        a decoder answers for whole recordings.
    name
        Where it came from.
    dt
        Seconds a step, where the file says so.
    """

    source: Source
    y: NDArray[Any] | None
    mask: NDArray[np.bool_] | None
    name: str
    dt: float | None

    def __init__(
        self,
        *,
        x: NDArray[Any] | None = None,
        source: Source | None = None,
        y: NDArray[Any] | None = None,
        mask: NDArray[np.bool_] | None = None,
        name: str = "data",
        dt: float | None = None,
    ) -> None:
        """Take `x`, an array (samples, steps, channels), or a `source` of such."""
        held = source if x is None else Held(x)
        assert held is not None, "neither x nor a source"
        for field, value in (
            ("source", held), ("y", y), ("mask", mask), ("name", name), ("dt", dt),
        ):  # fmt: skip
            object.__setattr__(self, field, value)

    @property
    def x(self) -> NDArray[Any]:
        """All samples as one array, mapped from the file where it is large; D016 where it cannot.

        What walks over the samples in order uses `batches`, which reads any file.
        """
        return self.source.whole()

    @property
    def shape(self) -> tuple[int, int, int]:
        """(samples, steps, channels)."""
        return self.source.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of a value of `x`."""
        return self.source.dtype

    def batches(self, each: int | None = None) -> Iterator[tuple[slice, NDArray[Any]]]:
        """Yield (which samples, their array), `each` at a time; None: a few megabytes."""
        done = 0
        for part in self.source.batches(each or at_once(self.shape, self.dtype)):
            yield slice(done, done + len(part)), part
            done += len(part)

    def first(self, samples: int | None) -> "Data":
        """Return the first `samples` samples; all for None. D014 for a number below 1."""
        if samples is None:
            return self
        if samples < 1:
            raise RanvierError(
                "D014", f"{samples} samples asked for", loc=self.name, hint="ask for 1 or more"
            )
        return Data(
            source=self.source.first(samples),
            y=None if self.y is None else self.y[:samples],
            mask=None if self.mask is None else self.mask[:samples],
            name=self.name,
            dt=self.dt,
        )

    def with_source(self, source: Source) -> "Data":
        """Return the recording with other samples."""
        return Data(source=source, y=self.y, mask=self.mask, name=self.name, dt=self.dt)

    def watched(self, progress: Progress) -> "Data":
        """Return the recording so that every pass over it tells how far it is."""
        return self.with_source(watched(self.source, progress))


def load_data(path: str | Path, dt: float | None = None) -> Data:
    """Read and check a recording; large ones are read in batches, and checked as they are read.

    Parameters
    ----------
    path
        A ``.npz`` archive, a ``.npy`` file (`x` alone), a folder of ``x.npy``, ``y.npy`` and
        ``mask.npy``, or the HDF5 file of NIR's data objects: docs/data-format.md.
    dt
        Seconds a step, which NIR's events are counted in.

    Raises
    ------
    RanvierError
        D001 where the file is not readable or has no `x`; D002 to D006 for what is wrong inside:
        NaN, no samples, lengths that differ; D016 for what does not fit the memory; D017 where
        events need a dt.
    """
    path = Path(path)
    if not is_file(path) and not is_dir(path):
        what = "this is no file" if exists(path) else "there is no such file"
        raise RanvierError("D001", what, loc=str(path), hint="check the path")
    if is_file(path) and is_hdf5(path):
        source, said = nir_data.read(path, dt)
        return _checked(source, None, None, str(path), said)
    arrays = arrays_in(path, ("x", "y", "mask"))
    if "x" not in arrays:
        raise RanvierError(
            "D001",
            f"there is no array `x` in the {'folder' if is_dir(path) else 'file'}",
            loc=str(path),
            hint="x holds (samples, steps, *channels)",
        )
    x = arrays["x"]
    y, mask = (arrays[k].load() if k in arrays else None for k in ("y", "mask"))
    if x.nbytes <= SMALL or x.fortran:
        return make_data(x.load(), y, mask, str(path))
    shape = _shape(x.shape, x.dtype, str(path))
    source = Streamed(shape=shape, dtype=x.dtype, read=x.parts(shape), loc=str(path), plain=x.plain)
    return _checked(source, y, mask, str(path))


def make_data(
    x: NDArray[Any],
    y: NDArray[Any] | None = None,
    mask: NDArray[Any] | None = None,
    name: str = "data",
) -> Data:
    """Check arrays and return them as `Data`, channels flattened."""
    flat = x.reshape(_shape(x.shape, x.dtype, name))
    check_finite(flat, 0, name)
    return _checked(Held(flat), y, mask, name)


def _shape(shape: tuple[int, ...], dtype: np.dtype[Any], name: str) -> tuple[int, int, int]:
    """Return `shape` with its channels flattened; D002, D003 or D016 where it cannot be."""
    if len(shape) < 2 or dtype.kind not in "buif":
        raise RanvierError(
            "D002",
            f"x has shape {shape} and type {dtype}",
            loc=name,
            hint="x holds numbers, (samples, steps, *channels)",
        )
    if 0 in shape:
        raise RanvierError(
            "D003", f"no samples: x has shape {shape}", loc=name, hint="give at least one sample"
        )
    return shape[0], shape[1], math.prod(shape[2:])


def _checked(
    source: Source,
    y: NDArray[Any] | None,
    mask: NDArray[Any] | None,
    name: str,
    dt: float | None = None,
) -> Data:
    """Return `Data` whose parts fit each other."""
    shape = source.shape
    sample = shape[1] * shape[2] * source.dtype.itemsize
    if isinstance(source, Streamed) and sample > LARGEST_SAMPLE:
        raise too_large(f"a sample takes {sample} bytes", name)
    for label, other, axes in (("y", y, 1), ("mask", mask, 2)):
        bad = other is not None and other.shape[:axes] != shape[:axes]
        if other is not None and (bad or (label == "mask" and other.ndim != axes)):
            raise RanvierError(
                "D005",
                f"{label} has shape {other.shape}, but x has {shape[0]} samples of {shape[1]}"
                " steps",
                loc=name,
                hint="y is (samples,) or (samples, steps, outputs); mask is (samples, steps)",
            )
    if mask is not None and not np.isin(mask, (0, 1)).all():
        raise RanvierError(
            "D005", "mask holds other values than 0 and 1", loc=name, hint="1 where a step counts"
        )
    if y is not None and y.ndim == 1 and y.dtype.kind not in "bui":
        raise RanvierError(
            "D006", f"classes of type {y.dtype}", loc=name, hint="classes are whole numbers from 0"
        )
    if y is not None and (y.dtype.kind not in "buif" or not np.isfinite(y).all()):
        raise RanvierError(
            "D006",
            f"targets of type {y.dtype}, or not finite",
            loc=name,
            hint="targets are finite numbers, (samples, steps, outputs)",
        )
    return Data(
        source=source, y=y, mask=None if mask is None else mask.astype(bool), name=name, dt=dt
    )


def check_channels(data: Data, channels: int, wanted_by: str) -> Data:
    """Return `data` if it has `channels` channels.

    Raises
    ------
    RanvierError
        D007 with both counts.
    """
    if data.shape[2] != channels:
        raise RanvierError(
            "D007",
            f"{data.shape[2]} channels, but {wanted_by} takes {channels}",
            loc=data.name,
            hint="x is (samples, steps, *channels); was it recorded for another model?",
        )
    return data


def check_dt(data: Data, dt: float, wanted_by: str) -> Data:
    """Return `data` if it was sampled every `dt` seconds, or does not say.

    Raises
    ------
    RanvierError
        D017 with both.
    """
    if data.dt is not None and abs(data.dt / dt - 1) > 1e-6:
        raise RanvierError(
            "D017",
            f"recorded with a step of {data.dt:g} s, but {wanted_by} runs at {dt:g} s",
            loc=data.name,
            hint="give recordings of that step, or the model another --dt",
        )
    return data
