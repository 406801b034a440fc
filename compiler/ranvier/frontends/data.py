# SPDX-License-Identifier: Apache-2.0
"""Reads recordings: ``.npz`` with `x` (samples, steps, *channels), optional `y` and `mask`."""

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranvier.errors import RanvierError
from ranvier.paths import exists, is_file
from ranvier.rvn import MALFORMED


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """A recording.

    Attributes
    ----------
    x
        (samples, steps, channels), integers (raw samples, spikes, counts) or floats (currents).
    y
        Classes (samples,), or targets (samples, steps, outputs); None where there are none.
    mask
        (samples, steps), True where a step counts in a regression metric; classes ignore it, since
        a decoder answers for whole recordings.
    name
        Where it came from.
    """

    x: NDArray[Any]
    y: NDArray[Any] | None = None
    mask: NDArray[np.bool_] | None = None
    name: str = "data"

    def first(self, samples: int | None) -> "Data":
        """Return the first `samples` samples; all for None. D014 for a number below 1."""
        if samples is not None and samples < 1:
            raise RanvierError(
                "D014", f"{samples} samples asked for", loc=self.name, hint="ask for 1 or more"
            )
        keep = slice(samples)
        return Data(
            x=self.x[keep],
            y=None if self.y is None else self.y[keep],
            mask=None if self.mask is None else self.mask[keep],
            name=self.name,
        )


def load_data(path: str | Path) -> Data:
    """Read and check a data file.

    Raises
    ------
    RanvierError
        D001 where the file is not a readable ``.npz`` with an `x`; D002 to D006 for what is wrong
        inside: NaN, no samples, lengths that differ.
    """
    path = Path(path)
    if not is_file(path):
        what = "this is no file" if exists(path) else "there is no such file"
        raise RanvierError("D001", what, loc=str(path), hint="check the path")
    try:
        if not zipfile.is_zipfile(path):
            raise ValueError("it is no ZIP archive")
        with np.load(path, allow_pickle=False) as archive:
            arrays = {k: archive[k] for k in ("x", "y", "mask") if k in archive.files}
    except MALFORMED as e:
        raise RanvierError(
            "D001",
            f"not a readable .npz file: {e}",
            loc=str(path),
            hint="write it with numpy.savez(path, x=..., y=...)",
        ) from e
    if "x" not in arrays:
        raise RanvierError(
            "D001",
            "there is no array `x` in the file",
            loc=str(path),
            hint="x holds (samples, steps, *channels)",
        )
    return make_data(**arrays, name=str(path))


def make_data(
    x: NDArray[Any],
    y: NDArray[Any] | None = None,
    mask: NDArray[Any] | None = None,
    name: str = "data",
) -> Data:
    """Check arrays and return them as `Data`, channels flattened."""
    if x.ndim < 2 or x.dtype.kind not in "buif":
        raise RanvierError(
            "D002",
            f"x has shape {x.shape} and type {x.dtype}",
            loc=name,
            hint="x holds numbers, (samples, steps, *channels)",
        )
    if x.shape[0] == 0 or x.shape[1] == 0 or x.size == 0:
        raise RanvierError(
            "D003", f"no samples: x has shape {x.shape}", loc=name, hint="give at least one sample"
        )
    flat = x.reshape(x.shape[0], x.shape[1], -1)
    if flat.dtype.kind == "f" and not np.isfinite(flat).all():
        sample, step, channel = (int(k[0]) for k in np.nonzero(~np.isfinite(flat)))
        raise RanvierError(
            "D004",
            f"x[{sample}, {step}, {channel}] is {flat[sample, step, channel]}",
            loc=name,
            hint="remove or repair samples with NaN or infinities",
        )
    for label, other, axes in (("y", y, 1), ("mask", mask, 2)):
        bad = other is not None and other.shape[:axes] != flat.shape[:axes]
        if other is not None and (bad or (label == "mask" and other.ndim != axes)):
            raise RanvierError(
                "D005",
                f"{label} has shape {other.shape}, but x has {flat.shape[0]} samples"
                f" of {flat.shape[1]} steps",
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
    return Data(x=flat, y=y, mask=None if mask is None else mask.astype(bool), name=name)


def check_channels(data: Data, channels: int, wanted_by: str) -> Data:
    """Return `data` if it has `channels` channels.

    Raises
    ------
    RanvierError
        D007 with both counts.
    """
    if data.x.shape[2] != channels:
        raise RanvierError(
            "D007",
            f"{data.x.shape[2]} channels, but {wanted_by} takes {channels}",
            loc=data.name,
            hint="x is (samples, steps, *channels); was it recorded for another model?",
        )
    return data
