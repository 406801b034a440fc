# SPDX-License-Identifier: Apache-2.0
"""What real frameworks did, as recorded: equal to the equations, and to Ranvier's float model."""

from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest
from tests.dialects import against
from tests.dialects.cases import VECTORS, every, load, names, page

ALL = [
    pytest.param(folder, row["name"], id=f"{folder.name}-{row['name']}")
    for folder in sorted(path.parent for path in VECTORS.glob("*/cases.json"))
    for row in page(folder)["cases"]
]
ANSWERABLE = [
    p
    for p in ALL
    for folder, name in [p.values]
    if not next(r for r in page(folder)["cases"] if r["name"] == name)["beyond"]  # type: ignore[arg-type]
]
# All but snnTorch's reset_delay=False, which no dialect's name implies.
BY_NAME = [
    p
    for p in ANSWERABLE
    for folder, name in [p.values]
    for row in page(folder)["cases"]  # type: ignore[arg-type]
    if row["name"] == name
    and all(layer["options"].get("reset_delay", True) for layer in row["layers"].values())
]


@pytest.mark.parametrize(("folder", "name"), ALL)
def test_equations_fire_as_the_framework_did(folder: Path, name: str, tmp_path: Path) -> None:
    case = load(folder, name, tmp_path)
    assert sum(against.differing_from_equations(case).values()) == 0


@pytest.mark.parametrize(("folder", "name"), ANSWERABLE)
def test_float_model_fires_as_the_framework_did(folder: Path, name: str, tmp_path: Path) -> None:
    case = load(folder, name, tmp_path)
    assert sum(against.differing_from_ranvier(case).values()) == 0


@pytest.mark.parametrize(("folder", "name"), BY_NAME)
def test_a_dialect_knows_when_its_neurons_are_reset(
    folder: Path, name: str, tmp_path: Path
) -> None:
    case = load(folder, name, tmp_path)
    assert sum(against.differing_from_ranvier(case, unsaid=("reset_timing",)).values()) == 0


@pytest.mark.parametrize(("folder", "name"), ALL)
def test_a_recording_is_worth_comparing(folder: Path, name: str, tmp_path: Path) -> None:
    case = load(folder, name, tmp_path)
    layers: dict[str, dict[str, Any]] = case.layers
    spikes = {k: case.arrays[f"{k}.spikes"] for k in layers if f"{k}.spikes" in case.arrays}
    assert sum(int(s.sum()) for s in spikes.values()) >= 200
    for s in spikes.values():
        assert 0.01 <= np.count_nonzero(s) / s.size <= 0.6
    meant = name.startswith("ties")
    assert (case.row["near_ties"] > 0) == meant, "elsewhere no rounding may decide a spike"


def test_nir_refuses_only_the_files_that_the_page_names(tmp_path: Path) -> None:
    """A grouped Conv2d counts as too few channels; Rockpool has axes of length 1 in front."""
    refused = set()
    for folder in sorted(path.parent for path in VECTORS.glob("*/cases.json")):
        for case in every(folder, tmp_path):
            try:
                nir.read(case.nir)
            except ValueError:
                refused.add((folder.name, case.name))
    rockpool = {("rockpool", name) for name in names(VECTORS / "rockpool")}
    assert refused == rockpool | {("snntorch", "conv_grouped")}
