# SPDX-License-Identifier: Apache-2.0
"""snnTorch and Norse themselves, run here with a new seed, against the equations and the model.

The environment is made once, under build/frameworks/: a minute and a gigabyte. The seed is
printed; RANVIER_SEED replays one.
"""

import importlib.util
import os
import random
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from tests.dialects import against
from tests.dialects.cases import VECTORS, every, page

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / "tools" / "dev" / "frameworks"
ENVIRONMENTS = ROOT / "build" / "frameworks"
LIVE = ("snntorch", "norse")


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, TOOLS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def python() -> Path:
    """Return the Python that has snnTorch and Norse."""
    make = script("make_environment").make_environment
    return Path(make("snntorch-norse", ENVIRONMENTS / "snntorch-norse"))


@pytest.fixture(scope="module")
def recorded(python: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return a folder of fresh recordings for each framework."""
    seed = int(os.environ.get("RANVIER_SEED") or random.SystemRandom().randrange(2**31))
    print(f"RANVIER_SEED={seed}")
    folders = {}
    for name in LIVE:
        folders[name] = tmp_path_factory.mktemp(name)
        record(python, name, folders[name], seed)
    return folders


def record(python: Path, name: str, folder: Path, seed: int) -> None:
    """Run a recorder in the frameworks' environment."""
    command = [str(python), str(TOOLS / f"record_{name}.py"), str(folder), "--seed", str(seed)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"seed {seed}:\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("name", LIVE)
def test_equations_fire_as_the_framework_does(
    name: str, recorded: dict[str, Path], tmp_path: Path
) -> None:
    spikes, seed = 0, page(recorded[name])["seed"]
    for case in every(recorded[name], tmp_path):
        differing = sum(against.differing_from_equations(case).values())
        assert differing == 0, f"{case.name}, RANVIER_SEED={seed}"
        spikes += case.row["spikes"]
    assert spikes > 5000
    assert seed != page(VECTORS / name)["seed"]


@pytest.mark.parametrize("name", LIVE)
def test_float_model_fires_as_the_framework_does(
    name: str, recorded: dict[str, Path], tmp_path: Path
) -> None:
    compared, seed = 0, page(recorded[name])["seed"]
    for case in every(recorded[name], tmp_path):
        if case.row["beyond"]:
            continue
        differing = sum(against.differing_from_ranvier(case).values())
        assert differing == 0, f"{case.name}, RANVIER_SEED={seed}"
        compared += case.row["spikes"]
    assert compared > 5000


@pytest.mark.parametrize("name", LIVE)
def test_recording_again_gives_the_committed_vectors(
    name: str, python: Path, tmp_path: Path
) -> None:
    committed = VECTORS / name
    record(python, name, tmp_path / name, page(committed)["seed"])
    script("pack").pack(tmp_path / name, tmp_path / "packed")
    packed = (tmp_path / "packed" / "cases.zip").read_bytes()
    assert packed == (committed / "cases.zip").read_bytes()
    assert page(tmp_path / "packed")["cases"] == page(committed)["cases"]


@pytest.mark.parametrize("name", LIVE)
def test_what_the_page_says_of_the_exporter_is_true(name: str, python: Path) -> None:
    done = subprocess.run([python, TOOLS / "claims.py", name], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("true ") > 10


def test_samna_can_be_imported_nowhere(python: Path) -> None:
    """Importing it runs an installer from elsewhere."""
    assert importlib.util.find_spec("samna") is None
    pythons = sorted(ENVIRONMENTS.glob("*/bin/python"))
    assert python in pythons
    find = script("make_environment").FIND
    for found in [Path(sys.executable), *pythons]:
        assert subprocess.run([str(found), "-c", find]).returncode == 0, found
