# SPDX-License-Identifier: Apache-2.0
"""Recorded cases of real frameworks: a folder with cases.json and, by name, .nir and .npz.

The committed folders hold the two files of each case in one cases.zip.
"""

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

VECTORS = Path(__file__).parent / "vectors"


@dataclass(frozen=True)
class Recorded:
    """One network that a framework ran.

    Attributes
    ----------
    framework
        Its name and version.
    row
        Its entry in cases.json: ``answers``, ``beyond``, ``layers`` by NIR node and so on.
    nir
        The file that the framework exported.
    arrays
        ``x``, ``out``, ``<node>.spikes`` and ``<node>.v``: (samples, steps, channels or neurons).
    """

    framework: str
    row: dict[str, Any]
    nir: Path
    arrays: dict[str, NDArray[Any]]

    @property
    def name(self) -> str:
        """The case's name."""
        return str(self.row["name"])

    @property
    def layers(self) -> dict[str, dict[str, Any]]:
        """What is known of each layer of neurons, by its key in the NIR file."""
        return dict(self.row["layers"])


def page(folder: Path) -> dict[str, Any]:
    """Return a folder's cases.json."""
    found: dict[str, Any] = json.loads((folder / "cases.json").read_text())
    return found


def names(folder: Path) -> list[str]:
    """Return the names of a folder's cases."""
    return [row["name"] for row in page(folder)["cases"]]


def load(folder: Path, name: str, scratch: Path) -> Recorded:
    """Return one case; a packed NIR file is unpacked into `scratch`."""
    whole = page(folder)
    row = next(row for row in whole["cases"] if row["name"] == name)
    packed = folder / "cases.zip"
    if packed.exists():
        with zipfile.ZipFile(packed) as archive:
            files = [archive.extract(f"{name}.{end}", scratch) for end in ("nir", "npz")]
        path, data = (Path(file) for file in files)
    else:
        path, data = folder / f"{name}.nir", folder / f"{name}.npz"
    with np.load(data) as file:
        arrays = {key: file[key] for key in file.files}
    return Recorded(f"{whole['framework']} {whole['version']}", row, path, arrays)


def every(folder: Path, scratch: Path) -> Iterator[Recorded]:
    """Yield every case of a folder."""
    for name in names(folder):
        yield load(folder, name, scratch)
