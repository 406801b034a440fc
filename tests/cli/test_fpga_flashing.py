# SPDX-License-Identifier: Apache-2.0
"""Boards with an FPGA on fake programmers: the commands, and every way in which one fails."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.commands import answer, call, fails, listing, succeeds
from tests.unit.nets import network

from ranvier import rvn
from ranvier.tools.build import sha256

PORTS = "serial.tools.list_ports.comports"
IMAGE = bytes(range(256)) * 5 + b"end"
# Each writes its arguments down, and keeps what is flashed in a file.
ICEPROG = """echo iceprog "$@" >> "$LOG"
[ "$3" = -R ] || { cp "$3" "$FLASH"; exit 0; }
cp "$FLASH" "$5"
"""
LOADER = """echo openFPGALoader "$@" >> "$LOG"
for last; do :; done
case "$*" in *--dump-flash*) cp "$FLASH" "$last";; *) cp "$last" "$FLASH";; esac
"""


@dataclass(frozen=True)
class Usb:
    """A serial port as pyserial lists it."""

    product: str
    serial_number: str | None
    vid: int = 0x0403
    pid: int = 0x6010


ICEBREAKER = Usb("iCEBreaker V1.0e", "ib1")
OTHER = Usb("Dual RS232-HS", "x9")
ULX3S = Usb("ULX3S FPGA 45K v3.0.8", "u45", pid=0x6015)
# As ecppack writes it: a comment, a dummy byte, the preamble
BITSTREAM = b"\xff\x00Part: LFE5U-45F-6CABGA381\x00" + b"\xff\xff\xff\xbd\xb3" + IMAGE


@dataclass(frozen=True)
class Bench:
    """A build with a bitstream, and where fakes are."""

    build: Path
    folder: Path
    patch: pytest.MonkeyPatch

    def connect(self, *boards: Usb) -> None:
        self.patch.setattr(PORTS, lambda: list(boards))

    def put(self, name: str, text: str) -> None:
        file = self.folder / "bin" / name
        file.write_text(f"#!/bin/sh\nPATH=/bin:/usr/bin\n{text}\n")
        file.chmod(0o755)

    @property
    def log(self) -> list[str]:
        file = self.folder / "log"
        return file.read_text().splitlines() if file.is_file() else []

    def refused(self, code: str, *more: object) -> dict[str, Any]:
        """Return the error of a board that must not have been touched."""
        error = fails(self.build, code, "flash", self.build, *more)
        assert self.log == []
        return error


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return made(tmp_path, monkeypatch, "icebreaker")


def made(
    folder: Path, patch: pytest.MonkeyPatch, target: str, image: str = "top_net.bin",
    data: bytes = IMAGE,
) -> Bench:  # fmt: skip
    """Return a build that says it has a bitstream: the tools that would make one aren't asked."""
    build = folder / "b"
    (folder / "bin").mkdir()
    (folder / "n.rvn").write_bytes(rvn.to_bytes(network()))
    succeeds("compile", folder / "n.rvn", "--target", target, "--emit", "library", "-o", build)
    (build / image).write_bytes(data)
    manifest = json.loads((build / "manifest.json").read_text())
    manifest |= {"emit": "app", "image": image}
    manifest["files"][image] = sha256(data)
    (build / "manifest.json").write_text(json.dumps(manifest))
    patch.setenv("PATH", str(folder / "bin"))
    patch.setenv("LOG", str(folder / "log"))
    patch.setenv("FLASH", str(folder / "flash"))
    found = Bench(build, folder, patch)
    found.put("iceprog", ICEPROG)
    found.connect(ICEBREAKER)
    return found


def test_it_recognises_writes_and_reads_back(bench: Bench) -> None:
    report = answer("flash", bench.build)
    device = "iceprog -d s:0x0403:0x6010:ib1"
    assert bench.log == [
        f"{device} {bench.build.resolve() / 'top_net.bin'}",
        f"{device} -R {len(IMAGE)} readback.bin",
    ]
    assert (bench.folder / "flash").read_bytes() == IMAGE
    assert (report["probe"], report["method"], report["read_back"]) == ("ib1", "iceprog", True)
    assert (report["verified"], report["verified_on_silicon"]) == (False, False)
    assert "not verified on silicon" in succeeds("flash", bench.build)


def test_openfpgaloader_does_it_where_iceprog_is_missing(bench: Bench) -> None:
    (bench.folder / "bin/iceprog").unlink()
    bench.put("openFPGALoader", LOADER)
    report = answer("flash", bench.build, "--probe", "ib1")
    device = "openFPGALoader -b ice40_generic --ftdi-serial ib1"
    image = bench.build.resolve() / "top_net.bin"
    assert bench.log == [
        f"{device} --write-flash --verify {image}",
        f"{device} --dump-flash --offset 0 --file-size {len(IMAGE)} readback.bin",
    ]
    assert (report["method"], report["read_back"]) == ("openFPGALoader", True)


def test_a_dry_run_starts_nothing_and_says_what_it_would(bench: Bench) -> None:
    bench.connect()
    before = listing(bench.folder)
    shown = succeeds("flash", bench.build, "--dry-run")
    assert "iceprog -d i:0x0403:0x6010 " in shown
    assert f"-R {len(IMAGE)}" in shown
    assert listing(bench.folder) == before


@pytest.fixture
def ulx3s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    found = made(tmp_path, monkeypatch, "ulx3s", "top_net.bit", BITSTREAM)
    found.put("openFPGALoader", WITHOUT_COMMENT)
    found.connect(ULX3S)
    return found


# openFPGALoader writes a .bit from the bytes of ones before its preamble on
WITHOUT_COMMENT = """echo openFPGALoader "$@" >> "$LOG"
for last; do :; done
case "$*" in *--dump-flash*) cp "$FLASH" "$last";; *) tail -c +${FROM:-30} "$last" > "$FLASH";; esac
"""


@pytest.mark.parametrize("dummies", [2, 3])
def test_a_ulx3s_is_written_by_openfpgaloader_which_leaves_the_comment_out(
    ulx3s: Bench, dummies: int
) -> None:
    first = BITSTREAM.index(b"\xbd\xb3") - dummies
    ulx3s.patch.setenv("FROM", str(first + 1))
    report = answer("flash", ulx3s.build)
    device, image = (
        "openFPGALoader -b ulx3s --ftdi-serial u45",
        ulx3s.build.resolve() / "top_net.bit",
    )
    assert ulx3s.log == [
        f"{device} --write-flash --verify {image}",
        f"{device} --dump-flash --offset 0 --file-size {len(BITSTREAM)} readback.bin",
    ]
    assert (ulx3s.folder / "flash").read_bytes() == BITSTREAM[first:]
    assert (report["method"], report["read_back"]) == ("openFPGALoader", True)
    ulx3s.patch.setenv("FROM", str(first + dummies))  # one is left of two
    assert "differs" in fails(ulx3s.build, "F005", "flash", ulx3s.build)["what"]


def test_a_ulx3s_with_another_chip_is_left_alone_and_iceprog_does_not_know_it(
    ulx3s: Bench,
) -> None:
    ulx3s.connect(Usb("ULX3S FPGA 85K v3.0.8", "u85", pid=0x6015))
    assert "does not call itself ULX3S FPGA 45K" in ulx3s.refused("F003")["what"]
    ulx3s.connect()
    before = listing(ulx3s.folder)
    shown = succeeds("flash", ulx3s.build, "--dry-run")
    assert "openFPGALoader -b ulx3s --write-flash --verify " in shown
    assert "not verified on silicon" in shown
    assert listing(ulx3s.folder) == before
    (ulx3s.folder / "bin/openFPGALoader").unlink()
    assert ulx3s.refused("T001")["hint"] == "apt-get install openfpgaloader"


def test_missing_programmers_are_named(bench: Bench, tmp_path: Path) -> None:
    (bench.folder / "bin/iceprog").unlink()
    hint = bench.refused("T001")["hint"]
    assert hint == "apt-get install fpga-icestorm, or openfpgaloader for openFPGALoader"
    (tmp_path / "u").mkdir()
    upduino = made(tmp_path / "u", bench.patch, "upduino31")
    (upduino.folder / "bin/iceprog").unlink()
    upduino.put("openFPGALoader", LOADER)  # which does not know that board
    assert upduino.refused("T001")["hint"] == "apt-get install fpga-icestorm"


def test_another_board_is_never_written_to(bench: Bench) -> None:
    bench.connect(OTHER)
    what = bench.refused("F003")["what"]
    assert "x9 (Dual RS232-HS); nothing was written" in what
    bench.refused("F003", "--probe", "x9")
    bench.connect(Usb("UPduino v3.1c", "u1", pid=0x6014))
    bench.refused("F001")
    bench.connect()
    bench.refused("F001")
    bench.connect(ICEBREAKER)
    bench.refused("F001", "--probe", "ib2")


def test_of_several_boards_one_must_be_chosen(bench: Bench) -> None:
    bench.connect(ICEBREAKER, Usb("iCEBreaker V1.0e", "ib2"))
    assert bench.refused("F002")["hint"] == "choose one: --probe ib2"
    assert answer("flash", bench.build, "--probe", "ib2")["probe"] == "ib2"
    assert bench.log[0].startswith("iceprog -d s:0x0403:0x6010:ib2 ")
    bench.connect(OTHER, ICEBREAKER, ICEBREAKER)  # two ports of one board
    assert answer("flash", bench.build)["probe"] == "ib1"


@pytest.mark.parametrize(
    ("script", "code", "said"),
    [
        ("echo 'cannot write page' >&2; exit 2", "F004", "cannot write page"),
        ("[ $3 = -R ] && exit 2; exit 0", "F004", "half a bitstream"),
        ("echo 'Found difference between flash and file!' >&2; exit 3", "F005", "differs"),
        ('[ "$3" = -R ] && printf nothing > "$5"; exit 0', "F005", "from 0x00000000 on, 7 of 1283"),
        ('[ "$3" = -R ] && head -c 1282 "$FLASH" > "$5" || cp "$3" "$FLASH"; exit 0', "F005",
         "from 0x00000502 on, 1282 of 1283"),
        ("exit 0", "F005", "0 of 1283 bytes read"),
    ],
)  # fmt: skip
def test_a_programmer_that_fails_midway_says_what_the_board_holds(
    bench: Bench, script: str, code: str, said: str
) -> None:
    bench.put("iceprog", script)
    error = fails(bench.build, code, "flash", bench.build)
    assert said in error["what"]
    assert error["loc"] == "icebreaker"


def test_openfpgaloader_that_finds_a_difference_and_ends_well_is_not_believed(
    bench: Bench,
) -> None:
    (bench.folder / "bin/iceprog").unlink()
    bench.put("openFPGALoader", LOADER + "echo Verification failed at 00000004 >&2")
    assert "says so" in fails(bench.build, "F005", "flash", bench.build)["what"]


def test_a_port_means_nothing_to_it(bench: Bench) -> None:
    bench.refused("B013", "--port", "/dev/ttyACM0")
    result = call("flash", bench.build, "--json")
    assert json.loads(result.stdout)["bytes"] == len(IMAGE)


def test_a_manifest_that_says_nothing_of_an_image_is_no_traceback(bench: Bench) -> None:
    manifest = json.loads((bench.build / "manifest.json").read_text())
    del manifest["emit"]
    (bench.build / "manifest.json").write_text(json.dumps(manifest))
    bench.connect(ICEBREAKER)
    bench.refused("B006")
