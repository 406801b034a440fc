# SPDX-License-Identifier: Apache-2.0
"""Writes traces larger than memory, a batch of samples at a time."""

import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ranvier.tools.files import npz_member, staged_file

_CHUNK = 2**20


class TraceFile:
    """Arrays whose first axis are all samples of a recording, growing in files of their own."""

    def __init__(self, folder: Path, samples: int) -> None:
        self._folder, self._samples = folder, samples
        self._files: dict[str, IO[bytes]] = {}

    def add(self, name: str, part: NDArray[Any]) -> None:
        """Append the next samples to the array called `name`."""
        if name not in self._files:
            self._files[name] = (self._folder / f"{len(self._files)}").open("w+b")
            header = {
                "descr": np.lib.format.dtype_to_descr(part.dtype),
                "fortran_order": False,
                "shape": (self._samples, *part.shape[1:]),
            }
            np.lib.format.write_array_header_1_0(self._files[name], header)
        self._files[name].write(np.ascontiguousarray(part).data)

    def pack(self, file: IO[bytes]) -> None:
        """Write the ``.npz`` archive, with the bytes that `npz_bytes` gives for whole arrays."""
        with zipfile.ZipFile(file, "w") as archive:
            for name, array in self._files.items():
                info = npz_member(name)
                info.file_size = array.tell()
                array.seek(0)
                with archive.open(info, "w") as member:
                    shutil.copyfileobj(array, member, _CHUNK)

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()


@contextmanager
def trace_file(path: Path, samples: int) -> Iterator[TraceFile]:
    """Give a trace that becomes the ``.npz`` file `path` when the block ends well, else vanishes.

    Raises
    ------
    RanvierError
        W001 where it cannot be written.
    """
    with (
        staged_file(path) as file,
        tempfile.TemporaryDirectory(dir=path.resolve().parent, prefix=f".{path.name}.") as folder,
    ):
        trace = TraceFile(Path(folder), samples)
        try:
            yield trace
            trace.pack(file)
        finally:
            trace.close()
