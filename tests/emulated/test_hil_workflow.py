# SPDX-License-Identifier: Apache-2.0
"""docs/examples/hil-workflow.yml does what it says: its steps, run as GitHub's runner runs them.

Not run here: what it installs (this environment stands for it), the actions, and a board: an
emulator that runs already stands for one, behind its port.
"""

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from tests.needs import need_program
from tests.networks import EXAMPLE, network

from ranvier import rvn
from ranvier.tools.files import write_file
from ranvier.tools.flash.qemu import Emulator

WORKFLOW = Path(__file__).resolve().parents[2] / "docs/examples/hil-workflow.yml"
BOARD = "qemu-mps2-an386"
TEST = """
def test_exact(board):
    assert board.verify("decoder.rvn", "recordings.npz", 2).mismatches == 0
"""


def workflow() -> dict[Any, Any]:
    found = yaml.safe_load(WORKFLOW.read_text())
    assert isinstance(found, dict)
    return found


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return what the workflow says that it expects."""
    need_program("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    need_program("qemu-system-arm", "qemu-system-arm")
    write_file(tmp_path / "decoder.rvn", rvn.to_bytes(network("motion")))
    with np.load(EXAMPLE / "motion_test.npz") as recorded:  # of each class, a few
        few = {key: values[::8] for key, values in recorded.items()}
    np.savez(tmp_path / "recordings.npz", **few)
    (tmp_path / "tests/hil").mkdir(parents=True)
    (tmp_path / "tests/hil/test_decoder.py").write_text(TEST)
    return tmp_path


def run_step(step: dict[str, Any], folder: Path, env: dict[str, str]) -> None:
    """Run a step as the runner does: bash, ending at the first command that fails."""
    (folder / "step.sh").write_text(step["run"])
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "step.sh"],
        cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, f"{step['name']}\n{done.stdout}{done.stderr}"


def steps(job: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for step in job["steps"] if "run" in step and step["name"] != "Install"]


def environment(job: dict[str, Any], **ours: str) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, **job["env"], **ours}


def passed(folder: Path) -> dict[str, str]:
    """Check what the job uploads; return the properties of its test."""
    report = json.loads((folder / "verify.json").read_text())
    assert report["mismatches"] == 0
    assert report["spikes"] > 1000
    cases = list(ET.parse(folder / "hil.xml").getroot().iter("testcase"))
    assert len(cases) == 1
    assert all(child.tag == "properties" for child in cases[0])
    return {str(p.get("name")): str(p.get("value")) for p in cases[0].iter("property")}


def test_the_emulators_job_passes(repository: Path) -> None:
    job = workflow()["jobs"]["emulator"]
    assert len(steps(job)) == 3
    for step in steps(job):
        run_step(step, repository, environment(job))
    assert passed(repository)["ranvier_board"] == BOARD


def test_the_boards_job_passes_with_an_emulator_for_a_board(repository: Path) -> None:
    job = workflow()["jobs"]["board"]
    env = environment(job, TARGET=BOARD)
    _, compiles, *others = steps(job)
    run_step(compiles, repository, env)
    image = repository / "build/decoder/motion.elf"
    with ExitStack() as stack:
        port = stack.enter_context(Emulator(image, BOARD)).url
        rig = repository / "bench.toml"
        rig.write_text(
            f'[[board]]\nname = "{job["env"]["BOARD"]}"\ntarget = "{BOARD}"\n'
            f'flasher = "none"\nport = "{port}"\n'
        )
        for step in others:
            run_step(step, repository, {**env, "PORT": port, "RIG": str(rig)})
    said = passed(repository)
    assert (said["ranvier_board"], said["ranvier_port"]) == ("bench", port)


@pytest.mark.parametrize("target", [None, BOARD, "host"])
def test_the_boards_job_fails_until_it_is_set_for_a_board(
    tmp_path: Path, target: str | None
) -> None:
    """First of all, and it says what to set; as it stands it is set for none."""
    job = workflow()["jobs"]["board"]
    assert job["steps"][0]["name"] == "See that it is set for a board"
    env = environment(job) if target is None else environment(job, TARGET=target)
    with pytest.raises(AssertionError, match="env TARGET of the job board is"):
        run_step(job["steps"][0], tmp_path, env)
    run_step(job["steps"][0], tmp_path, environment(job, TARGET="nucleo-l432kc"))


def test_a_verification_that_fails_fails_the_job(repository: Path) -> None:
    """Though its output goes through a pipe."""
    job = workflow()["jobs"]["emulator"]
    compiles, compares, _ = steps(job)
    run_step(compiles, repository, environment(job))
    (repository / "build/decoder/motion.elf").write_bytes(b"no image")
    verify = next(line for line in compares["run"].splitlines() if "ranvier verify" in line)
    with pytest.raises(AssertionError, match="B004"):
        run_step({**compares, "run": verify}, repository, environment(job))


def test_strangers_code_never_reaches_the_board() -> None:
    found = workflow()
    board = found["jobs"]["board"]
    assert "self-hosted" in board["runs-on"]
    assert board["if"] == "github.event_name != 'pull_request'"
    assert board["concurrency"] and board["needs"] == "emulator"
    assert found["permissions"] == {"contents": "read"}
    for job in found["jobs"].values():
        assert job["timeout-minutes"] <= 30
        kept = [s for s in job["steps"] if "upload-artifact" in s.get("uses", "")]
        assert kept and kept[0]["if"] == "always()"
        assert "ranvier-traces/" in kept[0]["with"]["path"]
