# SPDX-License-Identifier: Apache-2.0
"""Loihi as a target, without its maker's software: what is refused, emitted and reported."""

import json
from pathlib import Path

import pytest
from tests.commands import answer, call, fails, listing, succeeds
from tests.neuro.random_nets import case
from tests.unit.nets import network

from ranvier import rvn

NET = "n.rvn"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / NET).write_bytes(rvn.to_bytes(case(9).network))
    return tmp_path


def compiled(folder: Path, target: str = "loihi2", *more: object) -> tuple[object, ...]:
    return ("compile", folder / NET, "--target", target, "-o", folder / "b", *more)


@pytest.mark.parametrize(
    "said",
    [
        ["--lanes", "8"], ["--seeds", "2"], ["--cpi", "2"], ["--compiler", "gcc"],
        ["--deadline", "1ms"], ["--clock", "1MHz"], ["--emit", "library"],
        ["--leak", "shift"],
    ],
)  # fmt: skip
def test_options_that_a_chip_does_not_have(folder: Path, said: list[str]) -> None:
    assert said[0] in fails(folder, "C009", *compiled(folder, "loihi1", *said))["hint"]


def test_another_arithmetic_is_refused_with_a_way_out(folder: Path) -> None:
    (folder / NET).write_bytes(rvn.to_bytes(network()))
    assert "--numerics loihi" in fails(folder, "K001", *compiled(folder))["hint"]


def test_a_build_is_whole_and_the_same_each_time(folder: Path) -> None:
    made = answer(*compiled(folder))
    assert made["files"] == [
        "chip.json", "golden.npz", "lava_random9.npz", "lava_random9.py", "net.hdf5", "network.rvn",
    ]  # fmt: skip
    assert made["place"]["cores"] == {"used": 3, "available": 128}
    assert made["memory"]["rom"] > 0
    before = listing(folder / "b")
    succeeds(*compiled(folder))
    assert listing(folder / "b") == before
    manifest = json.loads((folder / "b" / "manifest.json").read_text())
    assert manifest["family"] == "loihi"
    assert manifest["netx"] == "net.hdf5"
    assert manifest["image"] == "lava_random9.py"


def test_what_a_person_reads(folder: Path) -> None:
    text = succeeds(*compiled(folder, "loihi1"))
    assert "random9 for loihi1: 3 of 128 cores" in text
    assert "nearest limit: " in text
    assert text.split("\nbuilt:")[0] in succeeds("inspect", folder / "b")
    both = succeeds("compile", folder / NET, "--target", "loihi1,loihi2,host", "-o", folder / "all")
    assert "3 of 128 cores" in both


def test_a_changed_build_is_not_used(folder: Path) -> None:
    succeeds(*compiled(folder))
    file = folder / "b" / "lava_random9.py"
    file.write_text(file.read_text().replace("du=", "du=1 + "))
    fails(folder, "B004", "verify", folder / "b")


def test_a_chip_is_neither_flashed_nor_asked(folder: Path) -> None:
    succeeds(*compiled(folder))
    assert "lava_random9.py" in fails(folder, "F009", "flash", folder / "b")["what"]
    fails(folder, "B013", "verify", folder / "b", "--port", "/dev/null")


def test_targets_and_tools_are_listed() -> None:
    names = {t["name"]: t for t in answer("targets")["targets"]}
    assert names["loihi1"]["kind"] == names["loihi2"]["kind"] == "chip"
    assert names["loihi2"]["verified_on_silicon"] is False
    tools = {t["name"]: t for t in json.loads(call("doctor", "--json").stdout)["tools"]}
    assert tools["lava-nc"]["optional"]
    assert tools["lava-nc"]["found"] or "make neuro" in tools["lava-nc"]["install"]
