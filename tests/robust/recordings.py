# SPDX-License-Identifier: Apache-2.0
"""Recordings, and files of them that are read in every way there is."""

from pathlib import Path
from typing import Any

import numpy as np
from tests.unit.nets import counts

X = counts(samples=7, steps=20)
Y = np.arange(7) % 2


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
