# SPDX-License-Identifier: Apache-2.0
"""The pytest plugin as a user has it: boards by marker, JUnit properties, traces of failures."""

import json
import os
import pty
import select
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from tests.needs import need_program
from tests.networks import EXAMPLE, network

from ranvier import rvn
from ranvier.tools.files import write_file

RIG = """
[[board]]
name = "mine"
target = "host"
flasher = "emulator"
"""
TESTS = """
import pytest
DATA = {data!r}

@pytest.mark.board("{board}")
def test_exact(board):
    assert board.verify("net.rvn", DATA, 2).mismatches == 0

@pytest.mark.board("host")
def test_wrong(board, monkeypatch):
    from ranvier.tools.link.host import HostLibrary
    real, runs = HostLibrary.run, []
    def run(self, raw, record=()):
        found = real(self, raw, record)
        runs.append(found)
        if len(runs) == 2:
            found.v["li"][0, 7, 2] += 1
        return found
    monkeypatch.setattr(HostLibrary, "run", run)
    assert board.verify("net.rvn", DATA, 3).mismatches == 0
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    need_program("gcc", "gcc libc6-dev")
    write_file(tmp_path / "net.rvn", rvn.to_bytes(network("motion")))
    (tmp_path / "rig.toml").write_text(RIG)
    (tmp_path / "pytest.ini").write_text("[pytest]\nranvier_rig = rig.toml\n")
    write_tests(tmp_path, "mine")
    return tmp_path


def write_tests(project: Path, board: str) -> None:
    text = TESTS.format(data=str(EXAMPLE / "motion_test.npz"), board=board)
    (project / "test_mine.py").write_text(text)


def run(project: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options],
        cwd=project, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_a_report_names_the_board_and_a_failure_keeps_its_trace(project: Path) -> None:
    done = run(project, "--junitxml=out.xml")
    assert "1 failed, 1 passed" in done.stdout, done.stdout + done.stderr
    cases = {c.get("name"): c for c in ET.parse(project / "out.xml").getroot().iter("testcase")}
    said = {
        name: {str(p.get("name")): str(p.get("value")) for p in case.iter("property")}
        for name, case in cases.items()
    }
    for properties in said.values():
        assert properties["ranvier_board"] == "mine"
        assert properties["ranvier_target"] == "host"
        assert properties["ranvier_network"] == rvn.signature(network("motion")).hex()
    assert "ranvier_trace" not in said["test_exact"]
    folder = Path(said["test_wrong"]["ranvier_trace"])
    assert folder.is_relative_to(project / "ranvier-traces")
    assert str(folder) in done.stdout  # in the failure's own message
    failure = cases["test_wrong"].find("failure")
    assert failure is not None and str(folder) in str(failure.text)
    with np.load(folder / "sample.npz") as kept:
        wrong = np.argwhere(kept["golden/li.v"] != kept["device/li.v"])
        assert wrong.tolist() == [[7, 2]]
        np.testing.assert_array_equal(kept["golden/out"], kept["device/out"])
        with np.load(EXAMPLE / "motion_test.npz") as data:
            np.testing.assert_array_equal(kept["raw"], data["x"][1])
    about = json.loads((folder / "about.json").read_bytes())
    assert (about["board"], about["sample"]) == ("mine", 1)
    assert about["test"].endswith("test_wrong")
    assert " > 00 02 01" in (folder / "link.log").read_text()  # HELLO


def test_a_board_that_the_rig_lacks_is_a_skip_that_says_so(project: Path) -> None:
    write_tests(project, "cortex-m85")
    done = run(project, "-rs", "-k", "exact")
    assert done.returncode == 0
    assert "no board cortex-m85 in the rig" in done.stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--ranvier-board", "nobody"), "error[B001]"),
        (("--ranvier-rig", "other.toml"), "error[R001]"),
    ],
)
def test_a_rig_or_board_that_is_not_there_ends_the_session(
    project: Path, options: tuple[str, ...], said: str
) -> None:
    done = run(project, *options)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_is_sent_to_a_board_with_another_probe(project: Path) -> None:
    controller, follower = pty.openpty()
    (project / "rig.toml").write_text(
        '[[board]]\nname = "mine"\ntarget = "host"\nflasher = "none"\nprobe = "0683123456"\n'
        f'port = "{os.ttyname(follower)}"\n'
    )
    done = run(project, "-k", "exact")
    assert "1 failed" in done.stdout
    assert "error[R005]" in done.stdout
    assert select.select([controller], [], [], 0)[0] == []
    os.close(controller)
    os.close(follower)
