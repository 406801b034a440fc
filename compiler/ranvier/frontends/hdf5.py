# SPDX-License-Identifier: Apache-2.0
"""Looks through an HDF5 file before anything is read, for what would hang, fill or leave it."""

import math
import mmap
import os
import struct
import threading
import warnings
from collections.abc import Callable
from io import FileIO
from pathlib import Path
from typing import Any

import h5py

LARGEST = 2**28  # bytes of all arrays, unpacked and as doubles
_DEEPEST = 128  # groups within groups
_SECONDS = 5  # of the processor, to read a file once
_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_HEAP = b"GCOL\x01\x00\x00\x00"
_OBJECT = struct.Struct("<H6xQ")  # index, references and padding, size


def is_hdf5(path: Path) -> bool:
    """Tell whether a file begins as HDF5 does."""
    try:
        with path.open("rb") as file:
            return file.read(len(_SIGNATURE)) == _SIGNATURE
    except OSError:
        return False


def check_heaps(path: Path) -> int:
    """Return the bytes of the longest text or list in the file's global heaps.

    libhdf5 2.0.0 walks for ever over a heap with an object of no size, so every heap is walked here
    first.

    Raises
    ------
    ValueError
        For a heap that is damaged, or a file whose numbers are not 64 bits wide.

    References
    ----------
    HDF5 File Format Specification 3.0, II.A (superblock) and III.E (global heap).
    """
    with path.open("rb") as file:
        start = file.read(16)
        if start[: len(_SIGNATURE)] != _SIGNATURE:
            raise ValueError("no HDF5 file, or one that does not begin with its own signature")
        widths = start[13:15] if start[8] < 2 else start[9:11]
        if widths != b"\x08\x08":
            raise ValueError("its offsets and lengths do not have 8 bytes")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            longest, at = 0, content.find(_HEAP)
            while at >= 0:
                longest = max(longest, _walk(content, at))
                at = content.find(_HEAP, at + len(_HEAP))
    return longest


def _walk(content: mmap.mmap, start: int) -> int:
    """Return the size of a heap's largest object."""
    header = len(_HEAP)
    (size,) = struct.unpack("<Q", content[start + header : start + header + 8].ljust(8, b"\xff"))
    end, at, largest = start + size, start + 16, 0
    if size < 16 or end > len(content):
        raise ValueError("a heap of the file is cut short")
    while at + _OBJECT.size <= end:
        index, length = _OBJECT.unpack(content[at : at + _OBJECT.size])
        step = length if index == 0 else _OBJECT.size + -(-length // 8) * 8
        if step < _OBJECT.size or at + step > end:
            raise ValueError("a heap of the file is damaged")
        largest = max(largest, 0 if index == 0 else length)
        at += step
    return largest


def in_a_child(look: Callable[[], None], use: Callable[[], None]) -> None:
    """Run `look`, then `use`, in a copy of this process: libhdf5 may crash on a damaged file.

    Where there is no fork or no room for it, or other threads run, whose locks a copy would
    inherit, `look` alone runs, here.

    Raises
    ------
    ValueError
        What `look` raised, or that it crashed or took more than `_SECONDS` of the processor.
    """
    if not hasattr(os, "fork") or threading.active_count() > 1:
        look()
        return
    ours, theirs = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # BLAS has threads, which are not used
        try:
            child = os.fork()
        except OSError:  # no room for another process
            child = -1
    if child < 0:
        os.close(ours)
        os.close(theirs)
        look()
        return
    if child == 0:
        said = b""
        try:
            import resource

            resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            look()
            use()
        except ValueError as e:
            said = str(e).encode("utf-8", "replace")[:1000]
        except BaseException:  # the caller meets it again, where it can say more
            pass
        finally:
            os.write(theirs, said)
            os._exit(0)
    os.close(theirs)
    with FileIO(ours) as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        raise ValueError(f"it is damaged: libhdf5 ends with signal {os.WTERMSIG(status)}")
    if said:
        raise ValueError(said.decode("utf-8", "replace"))


def read_all(group: Any) -> None:
    """Read every array below a group once; what `Guard` has looked at."""
    for item in group.values():
        if isinstance(item, h5py.Group):
            read_all(item)
        elif isinstance(item, h5py.Dataset):
            item[()]


class Guard:
    """Adds up what a file holds, and refuses it before it is read.

    Parameters
    ----------
    most_items
        Groups and arrays, each counted as often as it can be reached.
    """

    def __init__(self, most_items: int) -> None:
        self._most_items, self._items, self._bytes = most_items, 0, 0

    def visit(self, group: Any, longest: int, depth: int = 0) -> None:
        """Look at all below a group; `longest`: what `check_heaps` found.

        Raises
        ------
        ValueError
            Saying what is wrong.
        """
        if depth > _DEEPEST:
            raise ValueError(f"its groups nest deeper than {_DEEPEST}")
        for key in group:
            self._items += 1
            if self._items > self._most_items:
                raise ValueError(f"it holds more than {self._most_items} items")
            if isinstance(group.get(key, getlink=True), h5py.ExternalLink):
                raise ValueError(f"{key} links to another file")
            item = group[key]
            if isinstance(item, h5py.Group):
                self.visit(item, longest, depth + 1)
            elif isinstance(item, h5py.Dataset):
                self._array(key, item, longest)

    def _array(self, key: str, item: Any, longest: int) -> None:
        if item.external or item.is_virtual:
            raise ValueError(f"{key} is stored in another file")
        each = max(8, item.dtype.itemsize) + (longest if item.dtype.kind == "O" else 0)
        self._bytes += math.prod(item.shape or ()) * each
        if self._bytes > LARGEST or math.prod(item.chunks or ()) * each > LARGEST:
            raise ValueError(f"its arrays unpack to more than {LARGEST} bytes")
