# SPDX-License-Identifier: Apache-2.0
"""A board of the user's own, emulated: what is compiled for it runs without the file it came of."""

import re
import shutil
from pathlib import Path

import pytest
from tests.cases import ROOT
from tests.commands import call, fails
from tests.needs import need_program
from tests.networks import data, network
from tests.own_board import NAME, OWN, PACKAGED, own_board_file

from ranvier import rvn
from ranvier.errors import RanvierError
from ranvier.targets.mcu.lower import lower
from ranvier.targets.mcu.state import state_bytes
from ranvier.tools.build import BOARD_FILE, open_build, sha256
from ranvier.tools.verbs.compile import compile
from ranvier.tools.verbs.compile_each import compile_each
from ranvier.tools.verbs.flash import flash
from ranvier.tools.verbs.inspect import inspect
from ranvier.tools.verbs.run import run
from ranvier.tools.verbs.verify import verify

SHARED = "boards/common/mps2/*.c"


@pytest.fixture(autouse=True)
def _tools() -> None:
    need_program("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    need_program("qemu-system-arm", "qemu-system-arm")


def test_a_build_for_it_needs_no_board_file_any_more(tmp_path: Path) -> None:
    file = own_board_file(tmp_path)
    made = compile(network("motion"), str(file), tmp_path / "build").build
    assert made.manifest["target"] == NAME
    assert made.manifest["board"] == {"file": file.name, "sha256": sha256(OWN.encode())}
    assert "LENGTH = 0x4000\n" in (made.path / f"src/boards/{NAME}/memory.ld").read_text()
    file.unlink()
    assert flash(made.path).verified
    found = verify(made.path, data("motion")[1], samples=2)
    assert found.mismatches == 0
    assert found.spikes > 300
    assert run(made.path, data("motion")[1], samples=1).instructions is not None
    about = inspect(made.path).build
    assert about is not None
    assert about["board"]["sha256"] == sha256(OWN.encode())


def test_it_is_the_board_as_it_was_compiled_for(tmp_path: Path) -> None:
    made = compile(network("motion"), str(own_board_file(tmp_path)), tmp_path / "build").build
    own_board_file(tmp_path, OWN.replace("0x4000\n", "0x8000\n"))
    assert open_build(made.path).board.ram == 0x4000
    (made.path / BOARD_FILE).write_text(OWN.replace("0x4000\n", "0x8000\n"))
    with pytest.raises(RanvierError) as e:
        open_build(made.path)
    assert e.value.code == "B004"


def test_a_network_that_its_ram_does_not_hold_is_refused(tmp_path: Path) -> None:
    file = own_board_file(tmp_path, OWN.replace("0x4000\n", "0x400\n"))
    with pytest.raises(RanvierError, match=f"exceeds the RAM of {NAME} ") as e:
        compile(network("motion"), str(file), tmp_path / "build")
    assert e.value.code == "C003"
    assert "no network is small enough for this RAM" in e.value.hint
    parts = re.search(
        r"(\d+) bytes are needed: 4096 for the .* (\d+) for the .* (\d+) for", e.value.what
    )
    assert parts is not None
    total, state, link = (int(n) for n in parts.groups())
    assert total == 4096 + state + link
    assert state == state_bytes(lower(network("motion"), "cortex-m4"))
    assert 1024 < link < 4096, "two frames and what the link remembers"
    assert not (tmp_path / "build").exists()


def test_less_stack_may_do(tmp_path: Path) -> None:
    """What the hint of C003 proposes."""
    text = OWN.replace("0x4000\n", "0x1800\n")
    with pytest.raises(RanvierError, match="4096 for the stack") as e:
        compile(network("motion"), str(own_board_file(tmp_path, text)), tmp_path / "build")
    assert "rv_stack_size=N" in e.value.hint
    text = text.replace('"-lgcc"', '"-Wl,--defsym=rv_stack_size=1024", "-lgcc"')
    made = compile(network("motion"), str(own_board_file(tmp_path, text)), tmp_path / "build").build
    assert made.manifest["memory"]["stack"] < 1024
    assert verify(made, data("motion")[1], samples=1).mismatches == 0


@pytest.mark.parametrize(("said", "bytes_"), [("2K", 2048), ("04000", 2048), ("0x800", 2048)])
def test_its_stack_may_be_said_as_the_linker_reads_it(
    tmp_path: Path, said: str, bytes_: int
) -> None:
    text = OWN.replace("0x4000\n", "0x1000\n")
    text = text.replace('"-lgcc"', f'"-Wl,--defsym=rv_stack_size={said}", "-lgcc"')
    with pytest.raises(RanvierError, match=f"{bytes_} for the stack"):
        compile(network("motion"), str(own_board_file(tmp_path, text)), tmp_path / "build")


def test_its_stack_is_a_number(tmp_path: Path) -> None:
    text = OWN.replace('"-lgcc"', '"-Wl,--defsym=rv_stack_size=rv_foo", "-lgcc"')
    with pytest.raises(RanvierError, match="is no number") as e:
        compile(network("motion"), str(own_board_file(tmp_path, text)), tmp_path / "build")
    assert e.value.code == "B007"


def test_its_board_support_may_be_the_users_c(tmp_path: Path) -> None:
    assert SHARED in OWN
    shutil.copytree(ROOT / "firmware/boards/common/mps2", tmp_path / "support")
    text = f'code = "support"\n{OWN.replace(SHARED, f"boards/{NAME}/*.c")}'
    made = compile(network("motion"), str(own_board_file(tmp_path, text)), tmp_path / "build").build
    assert f"src/boards/{NAME}/rv_board.c" in made.manifest["files"]
    shutil.rmtree(tmp_path / "support")
    assert verify(made, data("motion")[1], samples=1).mismatches == 0


def test_c_that_does_not_compile_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "support").mkdir()
    (tmp_path / "support/rv_board.c").write_text("this is no C\n")
    file = own_board_file(tmp_path, 'code = "support"\n' + OWN)
    with pytest.raises(RanvierError, match=r"rv_board\.c:1") as e:
        compile(network("motion"), str(file), tmp_path / "build")
    assert e.value.code == "T002"


def test_several_targets_at_once(tmp_path: Path) -> None:
    """Each build is the one that it would be alone, byte for byte, and runs."""
    need_program("gcc", "gcc libc6-dev")
    file = own_board_file(tmp_path)
    seen: list[tuple[int, int]] = []
    names = ["host", PACKAGED, str(file), "cortex-m4"]
    each = compile_each(
        network("motion"), names, tmp_path / "all", progress=lambda *at: seen.append(at)
    )
    rows = each.to_json()["rows"]
    assert [row["target"] for row in rows] == ["host", PACKAGED, NAME, "cortex-m4"]
    assert seen[0] == (0, 4)
    assert seen[-1] == (4, 4)
    alone = compile(network("motion"), PACKAGED, tmp_path / "alone").build
    for name in ("manifest.json", *alone.manifest["files"]):
        assert (tmp_path / "all" / PACKAGED / name).read_bytes() == (alone.path / name).read_bytes()
    for name in ("host", NAME):
        assert verify(tmp_path / "all" / name, data("motion")[1], samples=1).mismatches == 0
    with pytest.raises(RanvierError, match=f"host, {PACKAGED}, {NAME}, cortex-m4") as e:
        verify(tmp_path / "all", data("motion")[1])
    assert e.value.code == "B011"
    assert str(tmp_path / "all" / "host") in e.value.hint


def test_all_targets_or_none(tmp_path: Path) -> None:
    """The one that fails is named, what was there before stays, what is the user's is not lost."""
    need_program("gcc", "gcc libc6-dev")
    small = own_board_file(tmp_path, OWN.replace("0x4000\n", "0x400\n"))
    (tmp_path / "n.rvn").write_bytes(rvn.to_bytes(network("motion")))
    said = ("compile", tmp_path / "n.rvn", "-o", tmp_path / "all", "--target")
    assert call(*said, f"host,{PACKAGED}").exit_code == 0
    assert NAME in fails(tmp_path, "C003", *said, f"host,{small}")["what"]
    late = ("--deadline", "1us", "--clock", "25MHz", "--cpi", "1")
    error = fails(tmp_path, "C031", *said, f"{PACKAGED},qemu-microbit", *late)
    assert PACKAGED in error["what"]
    assert "host" in fails(tmp_path, "C032", *said, f"{PACKAGED},host", *late)["what"]
    for wrong in ("host,host", "host,", ","):
        assert fails(tmp_path, "B012" if wrong == "host,host" else "B001", *said, wrong)
    assert open_build(tmp_path / "all" / PACKAGED).board.name == PACKAGED
    (tmp_path / "all" / "mine").write_text("kept")
    fails(tmp_path, "W002", *said, "host")
    (tmp_path / "all" / "mine").unlink()
    (tmp_path / "all" / "host" / "mine").write_text("kept")
    fails(tmp_path, "W002", *said, f"host,{PACKAGED}")
    (tmp_path / "all" / "host" / "mine").unlink()
    assert call(*said, "host").exit_code == 0
    assert open_build(tmp_path / "all").board.name == "host"
