# SPDX-License-Identifier: Apache-2.0
"""Bad targets, outputs, builds and machines: nothing half-written, nothing of the user's lost."""

import json
import os
import pty
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.commands import answer, call, fails, listing, succeeds
from tests.unit.nets import network

from ranvier import rvn
from ranvier.targets.mcu.board import NAMES, Board, board
from ranvier.targets.mcu.board_parts import Memory
from ranvier.tools import files


def compiled(folder: Path, out: object, target: str = "host") -> tuple[object, ...]:
    return ("compile", folder / "n.rvn", "--target", target, "-o", out)


def test_unknown_targets(copy: Path) -> None:
    error = fails(copy, "B001", *compiled(copy, copy / "new", "abacus"))
    assert "abacus" in error["what"]
    assert "qemu-mps2-an386" in error["hint"]


def test_outputs_that_cannot_be_written(copy: Path) -> None:
    (copy / "file").write_text("mine")
    calib = ("--calib", copy / "d.npz")
    (copy / "folder.rvn").mkdir()
    for out in (copy / "file" / "n.rvn", copy / "folder.rvn", copy / ("a" * 300 + ".rvn")):
        fails(copy, "W001", "quantize", copy / "m.nir", *calib, "-o", out)
    fails(copy, "W001", "simulate", copy / "n.rvn", "--data", copy / "d.npz", "-o", copy / "build")
    fails(copy, "W001", *compiled(copy, copy / "file" / "build"))
    fails(copy, "W001", *compiled(copy, copy / ("a" * 300)))


def test_quantize_writes_networks_only(copy: Path) -> None:
    calib = ("--calib", copy / "d.npz")
    for out in (copy / "m.nir", copy / "net.bin", copy / "build"):
        fails(copy, "W003", "quantize", copy / "m.nir", *calib, "-o", out)


def test_outputs_that_are_no_files_stay_what_they_are(copy: Path) -> None:
    """A device or a pipe named by -o is never replaced by a file."""
    os.mkfifo(copy / "pipe")
    for out in (copy / "pipe", Path("/dev/null"), copy / "loop"):
        if out.name == "loop":
            out.symlink_to(out)
        done = call("simulate", copy / "n.rvn", "--data", copy / "d.npz", "-o", out)
        assert done.exit_code == 1
        assert "error[W001]: cannot write" in done.stderr
    assert (copy / "pipe").is_fifo()
    assert Path("/dev/null").is_char_device()


def test_links_are_followed_not_replaced(copy: Path) -> None:
    (copy / "real").mkdir()
    (copy / "trace.npz").symlink_to(copy / "real" / "t.npz")
    (copy / "there").symlink_to(copy / "real" / "build")
    succeeds("simulate", copy / "n.rvn", "--data", copy / "d.npz", "-o", copy / "trace.npz")
    succeeds(*compiled(copy, copy / "there"))
    for link in ("trace.npz", "there"):
        assert (copy / link).is_symlink()
    assert (copy / "real" / "t.npz").stat().st_size > 100
    assert (copy / "real" / "build" / "manifest.json").is_file()


def test_a_full_disk_while_compiling_names_the_output(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> tuple[int, str]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "mkstemp", full)
    assert fails(copy, "W001", *compiled(copy, copy / "new"))["loc"] == str(copy / "new")


def test_a_progress_bar_gives_the_cursor_back(copy: Path) -> None:
    """However a command ends: the terminal is as it was, the message on a line of its own."""
    terminal, ours = pty.openpty()
    argv = [sys.executable, "-c", (
        "from ranvier.tools.cli.options import progress\n"
        "with progress('x') as shown:\n    shown(1, 2)\n    raise KeyboardInterrupt"
    )]  # fmt: skip
    subprocess.run(argv, stderr=ours, stdin=ours, env={**os.environ, "TERM": "xterm"}, check=False)
    os.close(ours)
    said = os.read(terminal, 65536)
    os.close(terminal)
    assert said.count(b"\x1b[?25l") == said.count(b"\x1b[?25h") == 1


def test_foreign_folders_and_files_are_never_overwritten(copy: Path) -> None:
    (copy / "mine").mkdir()
    (copy / "mine" / "thesis.tex").write_text("years of work")
    (copy / "file").write_text("mine")
    for out in (copy / "mine", copy / "file"):
        assert fails(copy, "W002", *compiled(copy, out))["loc"] == str(out)


def test_a_build_replaces_only_a_build_or_an_empty_folder(copy: Path) -> None:
    (copy / "empty").mkdir()
    succeeds(*compiled(copy, copy / "empty"))
    before = listing(copy / "build")
    assert listing(copy / "empty") == before, "the same network gives the same build"
    succeeds(*compiled(copy, copy / "build"))
    assert listing(copy / "build") == before
    assert {p.name for p in copy.iterdir()} == {"m.nir", "d.npz", "n.rvn", "build", "empty"}


@pytest.mark.parametrize("manifest", ["{}", '{"name": "my web app"}', "[]", ""])
def test_a_folder_with_some_other_manifest_is_not_a_build(copy: Path, manifest: str) -> None:
    (copy / "app").mkdir()
    (copy / "app" / "manifest.json").write_text(manifest)
    (copy / "app" / "thesis.tex").write_text("years of work")
    fails(copy, "W002", *compiled(copy, copy / "app"))


def test_a_build_with_files_of_the_users_in_it_is_not_replaced(copy: Path) -> None:
    (copy / "build" / "src" / "notes.txt").write_text("mine")
    fails(copy, "W002", *compiled(copy, copy / "build"))


def test_the_current_folder_as_output(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (copy / "here").mkdir()
    monkeypatch.chdir(copy / "here")
    result = call(*compiled(copy, "."))
    assert result.exit_code in (0, 1), result.output
    left = {p.name for p in (copy / "here").iterdir()}
    assert ("manifest.json" in left) if result.exit_code == 0 else not left


@pytest.mark.parametrize("verb", ["flash", "run", "verify"])
def test_folders_that_are_no_build(copy: Path, verb: str) -> None:
    data = () if verb == "flash" else ("--data", copy / "d.npz")
    (copy / "empty").mkdir()
    for place in (copy / "empty", copy / "none", copy / "n.rvn", copy / ("a" * 300)):
        assert fails(copy, "B002", verb, place, *data)["loc"] == str(place)


def test_libraries_do_not_run(copy: Path) -> None:
    succeeds(*compiled(copy, copy / "library"), "--emit", "library")
    for verb in ("run", "verify"):
        fails(copy, "B006", verb, copy / "library", "--data", copy / "d.npz")
    fails(copy, "B006", "flash", copy / "library")


def tampered(change: Callable[[dict[str, Any]], Any]) -> Callable[[Path], None]:
    def tamper(build: Path) -> None:
        manifest = json.loads((build / "manifest.json").read_text())
        change(manifest)
        (build / "manifest.json").write_text(json.dumps(manifest))

    return tamper


TAMPERED: dict[str, tuple[str, Callable[[Path], Any]]] = {
    "network": ("B004", lambda b: (b / "network.rvn").write_bytes(rvn.to_bytes(network()))),
    "image": ("B004", lambda b: (b / "libm.so").open("ab").write(b"x")),
    "source": ("B004", lambda b: (b / "src/net/m.c").write_text("int main;")),
    "golden vectors gone": ("B004", lambda b: (b / "golden.npz").unlink()),
    "manifest empty": ("B002", lambda b: (b / "manifest.json").write_bytes(b"")),
    "manifest a list": ("B002", lambda b: (b / "manifest.json").write_text("[1]")),
    "no image": ("B002", tampered(lambda m: m.pop("image"))),
    "image not listed": ("B002", tampered(lambda m: m.update(image="other.so"))),
    "no build hash": ("B002", tampered(lambda m: m.pop("build_hash"))),
    "schema": ("B003", tampered(lambda m: m.update(schema=1))),
    "target": ("B001", tampered(lambda m: m.update(target="abacus"))),
    "outside": ("B004", tampered(lambda m: m["files"].update({"/etc/passwd": "0"}))),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_builds_that_changed_since_they_were_made(copy: Path, name: str) -> None:
    code, tamper = TAMPERED[name]
    tamper(copy / "build")
    fails(copy, code, "run", copy / "build", "--data", copy / "d.npz")


def test_vectors_that_are_none(copy: Path) -> None:
    file = copy / "build" / "golden.npz"

    def refused() -> None:
        files = {"golden.npz": listing(copy)["build/golden.npz"]}
        tampered(lambda m: m["files"].update(files))(copy / "build")
        fails(copy, "B002", "verify", copy / "build")

    for raw in (np.zeros((1, 4), np.int8), np.zeros((1, 4, 3)), np.full((1, 4, 3), 10**6)):
        np.savez(file, raw=raw)
        refused()
    file.write_bytes(b"PK\x03\x04")
    refused()


def test_builds_that_list_files_outside(copy: Path) -> None:
    hashed = listing(copy)["m.nir"]
    tampered(lambda m: m["files"].update({"../m.nir": hashed}))(copy / "build")
    fails(copy, "B004", "run", copy / "build", "--data", copy / "d.npz")


@pytest.mark.parametrize(("kind", "limit"), [("rom", 40), ("ram", 20)])
def test_networks_too_large_for_a_board(
    copy: Path, monkeypatch: pytest.MonkeyPatch, kind: str, limit: int
) -> None:
    def small(name: str) -> Board:
        sizes = {
            "CODE": limit if kind == "rom" else 1 << 24,
            "RAM": limit if kind == "ram" else 1 << 24,
        }
        memories = tuple(Memory(name=m, origin=0, size=size) for m, size in sizes.items())
        return replace(board(name), memories=memories)

    whole = answer("compile", copy / "n.rvn", "--target", "host", "-o", copy / "build")
    layers = {layer["name"]: layer[kind] for layer in whole["memory"]["layers"]}
    monkeypatch.setattr("ranvier.tools.boards.board", small)
    error = fails(copy, "C003", *compiled(copy, copy / "new"))
    assert f"by at least {sum(layers.values()) - limit} bytes" in error["what"]
    assert f"hidden takes the most, {layers['hidden']} bytes" in error["what"]
    assert kind.upper() in error["what"]
    assert error["hint"].endswith(
        f"or a larger board: {', '.join(n for n in NAMES if board(n).memories)}"
    )


def test_missing_tools_name_their_package(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(copy))
    for module in ("targets.mcu.toolchain", "tools.families.mcu.doctor"):
        monkeypatch.setattr(f"ranvier.{module}.has_zig", lambda: False)
    monkeypatch.setattr("ranvier.targets.fpga.tools.WHEELS", copy)
    for target, package in (("host", "gcc libc6-dev"), ("qemu-mps2-an386", "gcc-arm-none-eabi")):
        error = fails(copy, "T001", *compiled(copy, copy / "new", target))
        assert error["hint"] == f"apt-get install {package}, or pip install 'ranvier[zig]'"
    assert "to get what must be here: apt-get install gcc-arm-none-eabi " in call("doctor").stdout
    result = call("doctor", "--json")
    assert result.exit_code == 1
    missing = {
        t["name"]: t["install"] for t in json.loads(result.stdout)["tools"] if not t["found"]
    }
    assert missing["gcc"] == "apt-get install gcc libc6-dev"
    assert set(missing) - {"pyocd", "verilator"} == {
        "gcc", "arm-none-eabi-gcc", "qemu-system-arm", "openocd", "ziglang",
        "riscv64-unknown-elf-gcc", "qemu-system-riscv32", "g++", "make", "yosys", "nextpnr-ice40",
        "icepack", "nextpnr-ecp5", "ecppack", "iceprog", "openFPGALoader",
    }  # fmt: skip


def test_a_compiler_that_fails_is_quoted(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = copy / "bin" / "gcc"
    fake.parent.mkdir()
    fake.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo gcc 0 && exit 0\necho no luck >&2; exit 3\n'
    )
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(fake.parent))
    what = fails(copy, "T002", *compiled(copy, copy / "new"))["what"]
    assert "code 3" in what
    assert "no luck" in what


def test_a_full_disk_leaves_nothing(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ranvier.tools.files.os.fdopen", full)
    fails(copy, "W001", "quantize", copy / "m.nir", "--calib", copy / "d.npz", "-o", copy / "o.rvn")
    fails(copy, "W001", *compiled(copy, copy / "new"))


@pytest.mark.parametrize("arguments", [["targets"], ["targets", "--json"], ["--help"]])
def test_a_full_disk_behind_standard_output_is_said(arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "ranvier", *arguments], stdout=full, stderr=subprocess.PIPE,
            text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("standard output: error[W004]: cannot write: ")
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_a_reader_that_closes_the_pipe_is_no_error() -> None:
    code = f"{sys.executable} -m ranvier --help | head -c 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_an_interrupt_between_two_renames_puts_the_old_build_back(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (copy / "b").mkdir()
    (copy / "b" / "kept").write_text("old")
    (copy / "stage").mkdir()
    rename = Path.rename

    def interrupted(self: Path, target: Path) -> Path:
        if self.name == "stage":
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        files._swap(copy / "stage", copy / "b")
    assert (copy / "b" / "kept").read_text() == "old"
    assert sorted(p.name for p in copy.iterdir() if p.name.startswith(".b")) == []
