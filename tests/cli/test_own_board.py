# SPDX-License-Identifier: Apache-2.0
"""A user's own board file: read once, carried by the build, and refused where it makes no sense."""

from pathlib import Path

import pytest
from tests.commands import fails
from tests.own_board import NAME, OWN, own_board_file

from ranvier.errors import RanvierError
from ranvier.tools.boards import LARGEST_FILE, find_target
from ranvier.tools.hil.roster import read_rig

M4 = '"-mcpu=cortex-m4"'


def test_it_is_read_with_the_code_beside_it(tmp_path: Path) -> None:
    mine = tmp_path / "c" / "sub"
    mine.mkdir(parents=True)
    (mine / "rv_board.c").write_text("int x;\n")
    (mine / "notes.txt").write_text("not C")
    found = find_target(str(own_board_file(tmp_path, 'code = "c"\n' + OWN)))
    assert found.board.name == NAME
    assert found.board.ram == 0x4000
    assert found.code == {f"boards/{NAME}/sub/rv_board.c": "int x;\n"}


@pytest.mark.parametrize(
    ("old", "new", "field", "says"),
    [
        ('core = "cortex-m4"', 'core = "cortex-m9"', "", "'cortex-m9' is none of"),
        ('core = "cortex-m4"', 'core = "host"', "core", "not this computer's"),
        ('core = "cortex-m4"', 'core = "cortex-m0"', "flags", "the core is cortex-m0"),
        (f"{M4}, ", "", "flags", "the core is cortex-m4"),
        (f'name = "{NAME}"', 'name = "../x"', "", "`name` '../x' is not"),
        (f'name = "{NAME}"', 'name = ""', "", "`name` '' is not"),
        ("arm-none-eabi-gcc", "/bin/sh", "compiler", "no GCC"),
        ("arm-none-eabi-gcc", "rm", "compiler", "no GCC"),
        ('emulator = "qemu-system-arm"', 'emulator = "sh"', "emulator", "no emulator of QEMU's"),
        ('"-M", "mps2-an386"', '"-drive", "file=/etc/passwd"', "machine", "'-drive' is none of"),
        ('"-M", "mps2-an386"', '"-M"', "machine", "each with a value"),
        ("timer_hz = 25000000", "", "timer_hz", "needs its timer's rate"),
        ("{net}.elf", "../{net}.elf", "", "not the name of a file"),
        ("{net}.elf", "{nut}.elf", "", "not the name of a file"),
        (M4, f'{M4}, "-fplugin=x.so"', "flags", "'-fplugin=x.so'"),
        (M4, f'{M4}, "-fdump-tree-all=/tmp/x"', "flags", "'-fdump-tree-all=/tmp/x'"),
        (M4, f'{M4}, "-wrapper,sh"', "flags", "'-wrapper,sh'"),
        (M4, f'{M4}, "@file"', "flags", "'@file'"),
        (M4, f'{M4}, "-Wp,-include,/x"', "flags", "'-Wp,-include,/x'"),
        (M4, f'{M4}, "-I/usr/include"', "flags", "'-I/usr/include'"),
        (M4, f'{M4}, "-Iboards/../.."', "flags", "'-Iboards/../..'"),
        ("-lgcc", "-Wl,-plugin,/x.so", "link_flags", "'-Wl,-plugin,/x.so'"),
        ("-lgcc", "-Wl,--Map=/x", "link_flags", "'-Wl,--Map=/x'"),
        (M4, f'{M4}, "-Iboards/nowhere"', "", "leads to nothing"),
        (f"-Lboards/{NAME}", "-Lboards/pico", "", "leads to nothing"),
        (f'"-Lboards/{NAME}", ', "", "link_flags", "not told where the memories are"),
        ("common/cmsdk/*.c", "common/cmsd/*.c", "sources", "'boards/common/cmsd/*.c'"),
        ('emulator_package = "', 'emulator_package = "$(', "emulator_package", "no package"),
    ],
)  # fmt: skip
def test_what_a_user_may_not_say(old: str, new: str, field: str, says: str, tmp_path: Path) -> None:
    assert old in OWN
    file = own_board_file(tmp_path, OWN.replace(old, new, 1))
    with pytest.raises(RanvierError) as e:
        find_target(str(file))
    assert e.value.code == "B007"
    assert says in e.value.what
    assert e.value.loc == (f"{file}:{field}" if field else str(file))
    assert e.value.hint


def test_a_name_of_ranviers_own_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RanvierError, match="a target of Ranvier's own") as e:
        find_target(str(own_board_file(tmp_path, OWN.replace(NAME, "pico"))))
    assert e.value.code == "B010"


@pytest.mark.parametrize("code", ["", "nowhere", "../x", "/etc", "empty"])
def test_code_is_a_folder_beside_it(code: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    file = own_board_file(tmp_path, f'code = "{code}"\n' + OWN)
    if not code:
        assert not find_target(str(file)).code
        return
    with pytest.raises(RanvierError) as e:
        find_target(str(file))
    assert e.value.code == "B009"
    assert e.value.loc == f"{file}:code"


def test_files_that_cannot_be_read_are_one_error(copy: Path) -> None:
    (copy / "noise.toml").write_bytes(b"\xff\xfe\x00")
    (copy / "folder.toml").mkdir()
    (copy / "long.toml").write_bytes(b"#" * (LARGEST_FILE + 1))
    for name in ("noise", "folder", "long", "none", "x" * 5000):
        said = ("compile", copy / "n.rvn", "--target", copy / f"{name}.toml", "-o", copy / "new")
        fails(copy, "B009", *said)
    own_board_file(copy, OWN.replace("core", "kernel", 1))
    said = ("compile", copy / "n.rvn", "--target", copy / f"{NAME}.toml", "-o", copy / "new")
    assert "`kernel`" in fails(copy, "B007", *said)["what"]


def test_a_rig_names_it_from_where_the_rig_lies(tmp_path: Path) -> None:
    own_board_file(tmp_path)
    rig = tmp_path / "rig.toml"
    rig.write_text(f'[[board]]\nname = "a"\ntarget = "{NAME}.toml"\nflasher = "emulator"\n')
    (found,) = read_rig(rig)
    assert found.target == str(tmp_path / f"{NAME}.toml")
    assert found.core == "cortex-m4"
