# SPDX-License-Identifier: Apache-2.0
"""The shared real cases: files of ../shared/cases, and their data in the project's format.

The folder lies beside the repository, or where RANVIER_CASES says. Without it a test that asks
for a case skips; with CI=true it fails.
"""

import functools
import hashlib
import importlib.util
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from numpy.typing import NDArray

Arrays = dict[str, NDArray[np.generic]]

ROOT = Path(__file__).resolve().parents[1]
FULL = os.environ.get("RANVIER_FULL", "") not in ("", "0")  # as tools/dev/stages.py reads it


def case_path(relative: str) -> Path:
    """Return a file of the cases, such as ``d01_nir_lif/lif_norse.nir``."""
    path = _folder() / relative
    if not path.exists():
        pytest.fail(f"{path} does not exist, though the folder of cases does")
    return path


@functools.cache
def case(name: str) -> tuple[Arrays, Arrays]:
    """Return (calibration arrays, test arrays) of a case such as ``d06``; treat as read-only.

    Made once by prepare.py, then shared by all test processes through files that appear whole.
    """
    folder = _cache()
    files = folder / f"{name}.calib.npz", folder / f"{name}.test.npz"
    if not all(path.exists() for path in files):
        arrays = next((parts for found, *parts in _generate() if found == name), None)
        if arrays is None:
            pytest.fail(f"prepare.py in {_folder()} knows no case {name!r}")
        for path, part in zip(files, arrays, strict=True):
            _write_whole(path, part)
    calib, test = (_read(path) for path in files)
    return calib, test


def _folder() -> Path:
    folder = Path(os.environ.get("RANVIER_CASES") or ROOT.parent / "shared" / "cases")
    if folder.is_dir():
        return folder
    message = f"the shared cases are not here: no folder {folder} (RANVIER_CASES names another)"
    if os.environ.get("CI", "").lower() in ("1", "true", "yes"):
        pytest.fail(message)
    pytest.skip(message)


def _generate() -> Iterator[tuple[str, Arrays, Arrays]]:
    yield from case_module("prepare.py").cases()


@functools.cache
def case_module(relative: str) -> ModuleType:
    """Return a Python file of the cases, run as a module."""
    spec = importlib.util.spec_from_file_location("ranvier_case", case_path(relative))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _cache() -> Path:
    """Folder for the prepared arrays, one for each place and version of prepare.py and user."""
    script = case_path("prepare.py")
    key = hashlib.sha256(str(script.resolve()).encode() + script.read_bytes()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"ranvier-cases-{os.getuid()}-{key}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        pytest.fail(f"{folder} belongs to another user; remove it")
    return folder


def _write_whole(path: Path, arrays: Arrays) -> None:
    """Write under another name, then rename: another process sees the whole file or none."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, suffix=".npz")
    with os.fdopen(descriptor, "wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
    Path(temporary).replace(path)


def _read(path: Path) -> Arrays:
    with np.load(path) as file:
        return {key: file[key] for key in file.files}
