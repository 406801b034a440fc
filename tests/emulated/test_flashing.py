# SPDX-License-Identifier: Apache-2.0
"""Boards programmed by a stand-in; what then answers is an emulated core, over the real link."""

import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from elftools.elf.elffile import ELFFile
from tests import programmers
from tests.commands import call
from tests.needs import need_program

from ranvier.errors import RanvierError
from ranvier.ir import Network
from ranvier.targets.mcu.seal import sealed
from ranvier.tools.build import Build, manifest_bytes, open_build, sha256
from ranvier.tools.files import MANIFEST
from ranvier.tools.flash.firmware import read_firmware
from ranvier.tools.flash.pyocd import Pyocd
from ranvier.tools.flash.qemu import Emulator
from ranvier.tools.verbs.compile import compile
from ranvier.tools.verbs.flash import flash
from ranvier.tools.verbs.quantize import quantize

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples/wearable_motion"


@pytest.fixture(scope="module")
def motion() -> Network:
    """The decoder of d06's kind: six channels of motion, two layers."""
    return quantize(str(EXAMPLE / "motion.nir"), str(EXAMPLE / "motion_calib.npz")).network


@pytest.fixture
def bench(
    motion: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Build, Path, dict[str, Any]]:
    """A build for a board whose fake probe works, and the state of its fake chip."""
    need_program("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    need_program("qemu-system-arm", "qemu-system-arm")
    made = compile(motion, "nrf52840dk", tmp_path / "b").build
    folder = tmp_path / "bench"
    folder.mkdir()
    monkeypatch.setenv("PATH", programmers.install(folder))
    state = {"probes": ["0123"], "id": 0x52840}
    (folder / "chip.json").write_text(json.dumps(state))
    return made, folder, state


def _posing(made: Build, motion: Network, folder: Path) -> Build:
    """Return an emulated build of the network that states the build hash of `made`."""
    there = compile(motion, "qemu-mps2-an386", folder / "q").build
    ours, theirs = (bytes.fromhex(b.manifest["build_hash"]) for b in (made, there))
    data = there.image.read_bytes()
    assert data.count(theirs) == 1
    there.image.write_bytes(sealed(data.replace(theirs, ours)))
    manifest = dict(there.manifest)
    manifest["files"] = {**manifest["files"], there.image.name: sha256(there.image.read_bytes())}
    (there.path / MANIFEST).write_bytes(manifest_bytes(manifest))
    return open_build(there.path)


def test_a_board_that_answers_as_this_build_is_verified(
    bench: tuple[Build, Path, dict[str, Any]], motion: Network
) -> None:
    """The programmer is a fake; the answer comes over the real link, from an emulated core."""
    made, folder, _ = bench
    with Emulator(_posing(made, motion, folder).image, "qemu-mps2-an386") as emulator:
        found = flash(made, port=emulator.url)
    assert found.verified and found.read_back
    assert found.probe == "0123"
    firmware = read_firmware(made.image.read_bytes(), made.board, "image")
    assert (folder / "flash.bin").read_bytes() == firmware.data


def test_a_board_whose_image_is_damaged_is_not_good(
    bench: tuple[Build, Path, dict[str, Any]], motion: Network
) -> None:
    """It says which build it is, as if all were well, and refuses the rest."""
    made, folder, _ = bench
    there = _posing(made, motion, folder)
    data = bytearray(there.image.read_bytes())
    sections = ELFFile(io.BytesIO(bytes(data)))
    tables = sections.get_section_by_name(".rodata")
    assert tables is not None
    data[tables["sh_offset"] + tables["sh_size"] // 2] ^= 1
    there.image.write_bytes(bytes(data))
    with (
        pytest.raises(RanvierError, match="half an image") as e,
        Emulator(there.image, "qemu-mps2-an386") as emulator,
    ):
        flash(made, port=emulator.url)
    assert e.value.code == "F004"


def test_an_interrupt_in_the_middle_is_no_clean_end(
    bench: tuple[Build, Path, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _, _ = bench

    def interrupt(self: Pyocd, job: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Pyocd, "write", interrupt)
    monkeypatch.setattr(
        "ranvier.tools.families.mcu.flashing.SerialStream", lambda port: io.BytesIO()
    )
    with pytest.raises(RanvierError, match="interrupted") as e:
        flash(made, port="/dev/none")
    assert e.value.code == "F004"


def test_a_port_that_is_not_there_is_missed_before_anything_is_written(
    bench: tuple[Build, Path, dict[str, Any]],
) -> None:
    made, folder, _ = bench
    with pytest.raises(RanvierError) as e:
        flash(made, port="/dev/ranvier-no-such-port")
    assert e.value.code == "L001"
    assert not (folder / "flash.bin").exists()


def test_a_board_that_still_runs_another_build_is_not_good(
    bench: tuple[Build, Path, dict[str, Any]], motion: Network
) -> None:
    made, folder, _ = bench
    there = compile(motion, "qemu-mps2-an386", folder / "q").build
    with (
        pytest.raises(RanvierError) as e,
        Emulator(there.image, "qemu-mps2-an386") as emulator,
    ):
        flash(made, port=emulator.url)
    assert e.value.code == "B005"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"id": 0x52833}, "F003"), ({"unplugged": True}, "F004"), ({"flips": 1}, "F005"),
        ({"probes": []}, "F001"), ({"probes": ["1", "2"]}, "F002"),
    ],
)  # fmt: skip
def test_whatever_fails_is_one_error_and_no_success(
    bench: tuple[Build, Path, dict[str, Any]],
    change: dict[str, Any],
    code: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, folder, state = bench
    monkeypatch.setattr(
        "ranvier.tools.families.mcu.flashing.SerialStream", lambda port: io.BytesIO()
    )
    (folder / "chip.json").write_text(json.dumps({**state, **change}))
    result = call("flash", made.path, "--port", "socket://127.0.0.1:1", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["error"]["code"] == code
    assert "verified" not in json.loads(result.stdout)


def test_without_a_port_to_ask_nothing_is_written(
    bench: tuple[Build, Path, dict[str, Any]],
) -> None:
    made, folder, _ = bench
    result = call("flash", made.path, "--json")
    assert json.loads(result.stdout)["error"]["code"] == "F006"
    assert not (folder / "flash.bin").exists()


def test_no_programmer_says_how_to_get_one(
    bench: tuple[Build, Path, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _, _ = bench
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    result = call("flash", made.path, "--json")
    assert json.loads(result.stdout)["error"]["code"] == "T005"
    assert "ranvier[flash]" in result.stdout
