# SPDX-License-Identifier: Apache-2.0
"""A small model with all that commands make of it, for tests that break one thing."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from tests.commands import succeeds
from tests.needs import need_program
from tests.unit.nets import counts, small_model


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a model, data, a network and a build for this computer."""
    need_program("gcc", "gcc libc6-dev")
    folder = tmp_path_factory.mktemp("ready")
    small_model(folder / "m.nir")
    np.savez(folder / "d.npz", x=counts(), y=np.arange(6) % 2)
    succeeds("quantize", folder / "m.nir", "--calib", folder / "d.npz", "-o", folder / "n.rvn")
    succeeds("compile", folder / "n.rvn", "--target", "host", "-o", folder / "build")
    return folder


@pytest.fixture
def copy(ready: Path, tmp_path: Path) -> Path:
    return shutil.copytree(ready, tmp_path / "copy")
