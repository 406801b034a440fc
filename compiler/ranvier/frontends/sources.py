# SPDX-License-Identifier: Apache-2.0
"""Where the samples of a recording lie: held in memory, or read in batches as they are needed."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ranvier.errors import RanvierError

Array: TypeAlias = NDArray[Any]
Shape: TypeAlias = tuple[int, int, int]
Progress: TypeAlias = Callable[[int, int], None]

LARGEST_HELD = 2**30  # bytes of one array that is taken into memory whole
LARGEST_SAMPLE = 2**31  # bytes of one sample, which is never divided


@dataclass(frozen=True, slots=True)
class Held:
    """Samples in memory, (samples, steps, channels); finite where they are floats."""

    array: Array

    @property
    def shape(self) -> Shape:
        """(samples, steps, channels)."""
        samples, steps, channels = self.array.shape
        return samples, steps, channels

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of a value."""
        return self.array.dtype

    def batches(self, each: int) -> Iterator[Array]:
        """Yield the samples in order, `each` at a time."""
        for first in range(0, len(self.array), each):
            yield self.array[first : first + each]

    def whole(self) -> Array:
        """Return all samples."""
        return self.array

    def first(self, samples: int) -> "Held":
        """Return the first samples."""
        return Held(self.array[:samples])

    def mapped(self, function: Callable[[Array], Array], dtype: np.dtype[Any]) -> "Held":
        """Return the samples with `function` applied; it keeps shapes."""
        return Held(function(self.array).astype(dtype, copy=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Streamed:
    """Samples that are read in order, anew by every pass.

    Parameters
    ----------
    read
        Yields the samples in order, so many at a time, (samples, steps, channels).
    loc
        Where they come from.
    plain
        (file, offset) where the samples lie uncompressed in C order, so that they can be mapped.
    """

    shape: Shape
    dtype: np.dtype[Any]
    read: Callable[[int], Iterator[Array]]
    loc: str
    plain: tuple[Path, int] | None = None

    def batches(self, each: int) -> Iterator[Array]:
        """Yield the samples in order, `each` at a time; D004 where one is not finite."""
        done = 0
        for part in self.read(each):  # to its end, where archives check their sums
            check_finite(part, done, self.loc)
            yield part
            done += len(part)

    def whole(self) -> Array:
        """Return all samples, mapped from the file where they lie in it as they are.

        Raises
        ------
        RanvierError
            D016 where they would have to be held in memory and are too large for that.
        """
        if self.plain is not None:
            if self.dtype.kind == "f":
                for _ in self.batches(at_once(self.shape, self.dtype)):
                    pass
            path, offset = self.plain
            return np.memmap(path, self.dtype, "r", offset, self.shape)
        size = math.prod(self.shape) * self.dtype.itemsize
        if size > LARGEST_HELD:
            raise too_large(f"x takes {size} bytes unpacked", self.loc)
        result = np.empty(self.shape, self.dtype)
        done = 0
        for part in self.batches(at_once(self.shape, self.dtype)):
            result[done : done + len(part)] = part
            done += len(part)
        return result

    def first(self, samples: int) -> "Streamed":
        """Return the first samples."""
        kept = min(samples, self.shape[0])

        def read(each: int) -> Iterator[Array]:
            done = 0
            for part in self.read(each):
                yield part[: kept - done]
                done += len(part)
                if done >= kept:
                    return

        return replace(self, shape=(kept, *self.shape[1:]), read=read)

    def mapped(self, function: Callable[[Array], Array], dtype: np.dtype[Any]) -> "Streamed":
        """Return the samples with `function` applied to each batch; it keeps shapes."""

        def read(each: int) -> Iterator[Array]:
            for part in self.batches(each):
                yield function(part).astype(dtype, copy=False)

        return replace(self, read=read, dtype=dtype, plain=None)


Source: TypeAlias = Held | Streamed


def watched(source: Source, progress: Progress) -> Streamed:
    """Return `source`, telling after each batch how many samples of how many are done with."""
    total = source.shape[0]

    def read(each: int) -> Iterator[Array]:
        done = 0
        for part in source.batches(each):
            yield part
            done += len(part)
            progress(done, total)

    plain = source.plain if isinstance(source, Streamed) else None
    loc = source.loc if isinstance(source, Streamed) else ""
    return Streamed(shape=source.shape, dtype=source.dtype, read=read, loc=loc, plain=plain)


def at_once(shape: Shape, dtype: np.dtype[Any], budget: int = 2**24) -> int:
    """Return how many samples of such data fit `budget` bytes; at least 1."""
    return max(1, budget // max(1, shape[1] * shape[2] * dtype.itemsize))


def check_finite(x: Array, first: int, loc: str) -> None:
    """Refuse samples (samples, steps, channels), the first of which is sample `first`: D004."""
    if x.dtype.kind != "f":
        return
    for k, sample in enumerate(x):
        if not np.isfinite(sample).all():
            step, channel = (int(i[0]) for i in np.nonzero(~np.isfinite(sample)))
            raise RanvierError(
                "D004",
                f"x[{first + k}, {step}, {channel}] is {sample[step, channel]}",
                loc=loc,
                hint="remove or repair samples with NaN or infinities",
            )


def too_large(what: str, loc: str) -> RanvierError:
    """Return the error for what does not fit the memory and cannot be read in parts."""
    return RanvierError(
        "D016",
        what,
        loc=loc,
        hint="write it uncompressed and row by row: numpy.savez(path, x=numpy.ascontiguousarray(x)"
        ", ...), cut into samples (docs/data-format.md)",
    )
