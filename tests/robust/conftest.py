# SPDX-License-Identifier: Apache-2.0
"""What tests of recordings share: a model for them, and the reading of files by batches."""

import nir
import numpy as np
import pytest
from tests.unit.nets import DT, li, lif, read, weights, write_graph

from ranvier.frontends import data as data_module
from ranvier.model import Model


@pytest.fixture
def streaming(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read every file as if it were too large."""
    monkeypatch.setattr(data_module, "SMALL", 0)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """Weights on a grid, so that sums in any order are the same."""
    grid = [np.round(weights(*shape, seed=k) * 8) / 8 for k, shape in enumerate([(8, 3), (2, 8)])]
    nodes = {"a": nir.Linear(grid[0]), "h": lif(8), "b": nir.Linear(grid[1]), "r": li(2)}
    path = tmp_path_factory.mktemp("model") / "m.nir"
    return read(write_graph(path, (3,), 2, nodes, dt=DT), dialect="nir")
