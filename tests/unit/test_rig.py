# SPDX-License-Identifier: Apache-2.0
"""rig.toml is a user's file: each fault has its code; and no board is taken for another."""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from ranvier.errors import RanvierError
from ranvier.tools.build import Build
from ranvier.tools.hil import rig as rig_module
from ranvier.tools.hil.probe import check_probe
from ranvier.tools.hil.rig import Rig
from ranvier.tools.hil.roster import RigBoard, pick, read_rig

ROOT = Path(__file__).resolve().parents[2]
GOOD = '[[board]]\nname = "a"\ntarget = "qemu-mps2-an386"\nflasher = "emulator"\n'
REAL = '[[board]]\nname = "b"\ntarget = "host"\nflasher = "none"\nport = "/dev/ttyX"\n'


def code(tmp_path: Path, text: str | bytes) -> str:
    path = tmp_path / "rig.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(RanvierError) as error:
        read_rig(path)
    assert error.value.loc.startswith(str(path))
    return error.value.code


def test_a_rig_is_read_in_order(tmp_path: Path) -> None:
    (tmp_path / "rig.toml").write_text(GOOD + REAL + 'probe = "0683"\n')
    first, second = read_rig(tmp_path / "rig.toml")
    assert first == RigBoard(name="a", target="qemu-mps2-an386", flasher="emulator")
    assert (second.port, second.probe) == ("/dev/ttyX", "0683")


def test_this_repositorys_rig_has_each_emulated_board() -> None:
    boards = read_rig(ROOT / "tests/hil/rig.toml")
    assert {b.core for b in boards} >= {"cortex-m0", "cortex-m4", "cortex-m55", "host"}


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("R001", ""),
        ("R001", "not toml"),
        ("R001", b"\xff\xfe"),
        ("R001", b"\0"),
        ("R001", "board = []"),
        ("R001", "a = " + "[" * 5000),
        ("R001", "#" * (1 << 21)),
        ("R002", "boards = 1"),
        ("R002", 'name = "a"\n' + GOOD),
        ("R002", "board = [1]"),
        ("R002", GOOD + "color = 1"),
        ("R002", GOOD.replace('"a"', "1")),
        ("R002", GOOD.replace('"a"', '""')),
        ("R002", GOOD.replace('"a"', '"a\\n"')),
        ("R002", REAL + "probe = 683123456"),
        ("R002", GOOD.replace('"a"', '"../a"')),
        ("R002", GOOD.replace('"a"', '"a/b"')),
        ("R003", GOOD.replace('name = "a"', "")),
        ("R003", GOOD.replace('flasher = "emulator"', "")),
        ("R003", '[[board]]\nname = "a"\nflasher = "none"'),
        ("R003", REAL.replace('port = "/dev/ttyX"', "")),
        ("R003", GOOD + 'port = "/dev/ttyX"'),
        ("R003", GOOD + 'probe = "0683"'),
        ("R004", GOOD + GOOD),
        ("R004", REAL + REAL.replace('"b"', '"c"')),
        ("R006", GOOD.replace('"emulator"', '"guess"')),
        ("B001", GOOD.replace("an386", "an999")),
    ],
)
def test_a_fault_in_a_rig_has_its_code(wanted: str, text: str | bytes, tmp_path: Path) -> None:
    assert code(tmp_path, text) == wanted


def test_two_boards_with_one_probe_are_refused(tmp_path: Path) -> None:
    one = REAL + 'probe = "7"\n'
    other = one.replace('"b"', '"c"').replace("ttyX", "ttyY")
    assert code(tmp_path, one + other) == "R004"


def test_a_missing_rig_is_an_error(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path, tmp_path / "a\0b", tmp_path / ("x" * 5000)):
        with pytest.raises(RanvierError) as error:
            read_rig(path)
        assert error.value.code == "R001"


def test_a_name_goes_before_a_target_and_a_target_before_a_core() -> None:
    def entry(name: str, target: str) -> RigBoard:
        return RigBoard(name=name, target=target, flasher="emulator")

    rig = (entry("x", "qemu-mps2-an386"), entry("qemu-mps2-an386", "host"), entry("y", "host"))
    assert pick(rig, "qemu-mps2-an386") is rig[1]
    assert pick(rig[:1], "qemu-mps2-an386") is rig[0]
    assert pick(rig, "cortex-m4") is rig[0]
    assert pick(rig, "host") is rig[1]
    assert pick(rig, "y") is rig[2]
    assert pick(rig, "cortex-m7") is None


@dataclass(frozen=True)
class Port:
    device: str
    serial_number: str | None


@pytest.mark.parametrize(
    ("number", "probe", "is_it"),
    [
        ("000683123456", "683123456", True),
        ("0670FF51", "0670ff51", True),
        ("0670FF51", "0670FF52", False),
        ("6700", "67", False),
        (None, "0670FF51", False),
    ],
)
def test_the_probe_is_told_by_the_usb_serial_number(
    number: str | None, probe: str, is_it: bool, tmp_path: Path
) -> None:
    """Also where the rig names the port by a link, as udev makes."""
    device = tmp_path / "ttyACM7"
    device.touch()
    link = tmp_path / "by-id"
    link.symlink_to(device)
    plugged = [Port("/dev/other", probe), Port(str(device), number)]
    for port in (str(device), str(link)):
        if is_it:
            check_probe(port, probe, lambda: plugged)
            continue
        with pytest.raises(RanvierError, match="nothing was sent") as error:
            check_probe(port, probe, lambda: plugged)
        assert error.value.code == "R005"


def test_a_port_that_is_not_plugged_in_is_no_probe() -> None:
    with pytest.raises(RanvierError) as error:
        check_probe("/dev/ttyACM7", "1", list)
    assert error.value.code == "R005"


@pytest.mark.parametrize(
    ("target", "flasher", "fits"),
    [
        ("nrf52840dk", "pyocd", True),
        ("nrf52840dk", "openocd", False),
        ("nucleo-u575zi", "openocd", True),
        ("pico", "uf2", False),
        ("nrf52840dk", "emulator", False),
        ("pico", "pyocd", True),
        ("qemu-mps2-an386", "pyocd", False),
    ],
)
def test_real_boards_are_programmed_in_their_own_way(
    target: str, flasher: str, fits: bool, tmp_path: Path
) -> None:
    text = f'[[board]]\nname = "a"\ntarget = "{target}"\nflasher = "{flasher}"\n'
    if flasher != "emulator":
        text += 'port = "/dev/ttyX"\nprobe = "1"\n'
    if not fits:
        assert code(tmp_path, text) == "R006"
        return
    (tmp_path / "rig.toml").write_text(text)
    (board,) = read_rig(tmp_path / "rig.toml")
    rig = Rig(board, tmp_path)
    flashed: list[tuple[str, str]] = []

    def flash(build: Build, *, probe: str, port: str) -> None:
        flashed.append((build.path.name, probe))
        if len(flashed) == 3:
            raise RanvierError("F004", "unplugged", loc=port, hint="plug it in")

    patch = pytest.MonkeyPatch()
    with patch.context() as m:
        m.setattr(rig_module, "flash", flash)
        m.setattr(rig_module, "check_probe", lambda port, probe: None)
        m.setattr(Rig, "build", lambda self, path: SimpleNamespace(path=path))
        for path in ("one", "one", "two"):
            rig._ready(tmp_path / path)
        with pytest.raises(RanvierError):
            rig._ready(tmp_path / "one")
        rig._ready(tmp_path / "two")  # what a failed attempt left is not trusted
    assert flashed == [("one", "1"), ("two", "1"), ("one", "1"), ("two", "1")]
