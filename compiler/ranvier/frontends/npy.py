# SPDX-License-Identifier: Apache-2.0
"""Reads arrays of ``.npy`` and ``.npz`` files without trusting what they claim."""

import math
import struct
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import numpy as np

from ranvier.errors import RanvierError
from ranvier.frontends.sources import LARGEST_HELD, Array, Shape, too_large
from ranvier.paths import is_file
from ranvier.rvn import MALFORMED

_MAGIC = b"\x93NUMPY"
_LONGEST_HEADER = 10_000  # bytes; NumPy's own limit
_CHUNK = 2**20
_LOCAL_HEADER = struct.Struct("<4s22xHH")  # APPNOTE.TXT 4.3.7: signature, lengths of two fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An array in a file, its header read and found to fit what is there.

    Attributes
    ----------
    open
        Opens the file object that the array is read from, header first.
    header
        Bytes before the values.
    plain
        (file, offset of the values) where they are not compressed.
    """

    name: str
    loc: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran: bool
    header: int
    open: Callable[[], AbstractContextManager[IO[bytes]]]
    plain: tuple[Path, int] | None

    @property
    def nbytes(self) -> int:
        """Bytes of its values."""
        return math.prod(self.shape) * self.dtype.itemsize

    def load(self) -> Array:
        """Return the array; D016 where it is too large to be held, D001 where it is damaged."""
        if self.nbytes > LARGEST_HELD:
            raise too_large(f"{self.name} takes {self.nbytes} bytes", self.loc)
        try:
            with self.open() as file:
                _exactly(file, self.header)
                data = _exactly(file, self.nbytes)
                _at_end(file)
        except MALFORMED as e:
            raise unreadable(e, self.loc) from e
        flat = np.frombuffer(data, self.dtype)
        return flat.reshape(self.shape, order="F" if self.fortran else "C")

    def parts(self, shape: Shape) -> Callable[[int], Iterator[Array]]:
        """Return what yields so many samples at a time, as (samples, steps, channels)."""
        return partial(self._parts, shape)

    def _parts(self, shape: Shape, each: int) -> Iterator[Array]:
        size = shape[1] * shape[2] * self.dtype.itemsize
        try:
            with self.open() as file:
                _exactly(file, self.header)
                for first in range(0, shape[0], each):
                    count = min(each, shape[0] - first)
                    data = _exactly(file, count * size)
                    yield np.frombuffer(data, self.dtype).reshape(count, *shape[1:])
                _at_end(file)
        except MALFORMED as e:
            raise unreadable(e, self.loc) from e


def arrays_in(path: Path, wanted: tuple[str, ...]) -> dict[str, Stored]:
    """Return those of the `wanted` arrays that are in a file or folder.

    Parameters
    ----------
    path
        A ``.npz`` archive; a ``.npy`` file, whose array is the first of `wanted`; or a folder
        with ``NAME.npy`` in it.

    Raises
    ------
    RanvierError
        D001 where it is damaged, or claims what it does not hold.
    """
    try:
        if path.is_dir():
            found = {name: path / f"{name}.npy" for name in wanted}
            return {name: _in_file(name, p) for name, p in found.items() if is_file(p)}
        with path.open("rb") as file:
            if file.read(len(_MAGIC)) == _MAGIC:
                return {wanted[0]: _in_file(wanted[0], path)}
        if not zipfile.is_zipfile(path):
            raise ValueError("it is no ZIP archive")
        with zipfile.ZipFile(path) as archive:
            there = {info.filename: info for info in archive.infolist()}
            return {
                name: _in_archive(name, path, archive, info)
                for name in wanted
                if (info := there.get(f"{name}.npy")) is not None
            }
    except MALFORMED as e:
        raise unreadable(e, str(path)) from e


def unreadable(e: Exception, loc: str) -> RanvierError:
    """Return the error for a file that is not what it should be."""
    if isinstance(e, RanvierError):
        return e
    return RanvierError(
        "D001",
        f"not a readable recording: {e or type(e).__name__}",
        loc=loc,
        hint="write it with numpy.savez(path, x=..., y=...)",
    )


def _in_file(name: str, path: Path) -> Stored:
    size = path.stat().st_size
    with path.open("rb") as file:
        shape, dtype, fortran, header = _header(file)
    _check_size(size, header, shape, dtype)
    return Stored(
        name=name, loc=str(path), shape=shape, dtype=dtype, fortran=fortran, header=header,
        open=partial(_open, path), plain=(path, header),
    )  # fmt: skip


def _open(path: Path) -> IO[bytes]:
    return path.open("rb")


def _in_archive(name: str, path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Stored:
    with archive.open(info) as file:
        shape, dtype, fortran, header = _header(file)
    _check_size(info.file_size, header, shape, dtype)
    plain = None
    if info.compress_type == zipfile.ZIP_STORED:
        plain = path, _values_of_member(path, info) + header
    return Stored(
        name=name, loc=str(path), shape=shape, dtype=dtype, fortran=fortran, header=header,
        open=partial(_Member, path, info), plain=plain,
    )  # fmt: skip


class _Member(AbstractContextManager[IO[bytes]]):
    """One member of an archive, opened with it and closed with it."""

    def __init__(self, path: Path, info: zipfile.ZipInfo) -> None:
        self._path, self._info = path, info

    def __enter__(self) -> IO[bytes]:
        self._archive = zipfile.ZipFile(self._path)
        try:
            return self._archive.open(self._info)
        except BaseException:
            self._archive.close()
            raise

    def __exit__(self, *_: object) -> None:
        self._archive.close()


def _values_of_member(path: Path, info: zipfile.ZipInfo) -> int:
    """Return where in the archive the bytes of an uncompressed member begin."""
    with path.open("rb") as file:
        file.seek(info.header_offset)
        signature, name, extra = _LOCAL_HEADER.unpack(_exactly(file, _LOCAL_HEADER.size))
        begin = int(info.header_offset + _LOCAL_HEADER.size + name + extra)
        if signature != b"PK\3\4" or begin + info.file_size > path.stat().st_size:
            raise ValueError(f"{info.filename} is not where the archive says")
    return begin


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any], bool, int]:
    """Return shape, type, whether the order is Fortran's, and the length of the header."""
    start = bytes(_exactly(file, len(_MAGIC) + 2))
    version = start[len(_MAGIC) :]
    if start[: len(_MAGIC)] != _MAGIC or version not in (b"\1\0", b"\2\0"):
        raise ValueError("an array has no header of NumPy's format 1.0 or 2.0")
    count = _exactly(file, 2 if version == b"\1\0" else 4)
    length = int.from_bytes(count, "little")
    if length > _LONGEST_HEADER:
        raise ValueError(f"the header of an array has {length} bytes")
    text = BytesIO(count + _exactly(file, length))
    parse = (
        np.lib.format.read_array_header_1_0
        if version == b"\1\0"
        else np.lib.format.read_array_header_2_0
    )
    shape, fortran, dtype = parse(text)
    if dtype.hasobject:
        raise ValueError("Python objects are not read")
    if any(type(n) is not int or n < 0 for n in shape):
        raise ValueError(f"an array of shape {shape}")
    return shape, dtype, fortran, len(start) + len(count) + length


def _check_size(size: int, header: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    wanted = header + math.prod(shape) * dtype.itemsize
    if size != wanted:
        raise ValueError(f"an array of shape {list(shape)} takes {wanted} bytes, there are {size}")


def _exactly(file: IO[bytes], count: int) -> bytearray:
    """Return the next `count` bytes, taking no more memory than what is really there."""
    data = bytearray()
    while len(data) < count:
        part = file.read(min(count - len(data), _CHUNK))
        if not part:
            raise EOFError(f"{count - len(data)} bytes are missing")
        data += part
    return data


def _at_end(file: IO[bytes]) -> None:
    """Read past the last value, which makes an archive check its sum."""
    if file.read(1):
        raise ValueError("there is more than the header says")
