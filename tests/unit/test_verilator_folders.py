# SPDX-License-Identifier: Apache-2.0
"""Where simulated cores are built: make, which Verilator calls, knows no path with a space."""

import tempfile
from pathlib import Path

import pytest

from ranvier.errors import RanvierError
from ranvier.targets.fpga import verilator


@pytest.fixture
def spaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files whose name has a space."""
    found = tmp_path / "my files"
    found.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(found))
    monkeypatch.setattr(verilator, "root", lambda: tmp_path / "verilator")
    return found


def test_a_folder_with_a_space_is_passed_over(spaced: Path, tmp_path: Path) -> None:
    assert verilator.workplace(tmp_path) == tmp_path.resolve()
    assert " " not in str(verilator.workplace(spaced))


def test_a_link_to_a_folder_with_a_space_is_as_bad(spaced: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(spaced)
    assert " " not in str(verilator.workplace(tmp_path / "link"))


def test_where_every_folder_has_a_space_the_hint_says_what_to_do(
    spaced: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: Path(path) == spaced)
    with pytest.raises(RanvierError, match="space in their path") as e:
        verilator.workplace(spaced)
    assert (e.value.code, e.value.hint) == (
        "T006", "set TMPDIR to a folder whose path has no space",
    )  # fmt: skip


def test_a_verilator_in_such_a_folder_is_named(
    spaced: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verilator, "root", lambda: spaced / "verilator")
    with pytest.raises(RanvierError, match=r"T006.*my files"):
        verilator.workplace(tmp_path)
