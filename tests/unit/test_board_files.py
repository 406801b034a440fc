# SPDX-License-Identifier: Apache-2.0
"""Board files: what they must say, and what is said of one that doesn't."""

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from ranvier.errors import RanvierError
from ranvier.targets.mcu.board import NAMES, Board, board, read_board
from ranvier.targets.mcu.cores import CORES

FOLDER = Path(__file__).resolve().parents[2] / "targets/mcu/boards"
# As the makers state them: where flash begins, its KiB, and the KiB of RAM from 0x20000000 on.
MEMORIES = {
    "nrf52840dk": (0x00000000, 1024, 256), "nrf54l15dk": (0x00000000, 1524, 256),
    "nucleo-l432kc": (0x08000000, 256, 64), "nucleo-u575zi": (0x08000000, 2048, 768),
    "pico": (0x10000000, 2048, 264), "pico2": (0x10000000, 4096, 520),
}  # fmt: skip
PICO = (FOLDER / "pico.toml").read_text("utf-8")


def test_every_board_file_is_a_target_and_every_target_has_one() -> None:
    assert {p.stem for p in FOLDER.glob("*.toml")} == set(NAMES)
    for name in NAMES:
        assert board(name).name == name
        assert board(name).core in CORES


def test_no_board_is_said_to_be_verified_on_silicon_unless_its_file_says_so() -> None:
    boards = [board(n) for n in NAMES if board(n).kind == "board"]
    assert [b.name for b in boards] == [
        "nrf52840dk", "nrf54l15dk", "nucleo-l432kc", "nucleo-u575zi", "pico", "pico2",
    ]  # fmt: skip
    for b in boards:
        assert "verified_on_silicon" in tomllib.loads((FOLDER / f"{b.name}.toml").read_text())
        assert not b.verified_on_silicon
        assert b.uart


@pytest.mark.parametrize("name", MEMORIES)
def test_the_memories_are_those_of_the_chip(name: str) -> None:
    origin, rom, ram = MEMORIES[name]
    found = {m.name: (m.origin, m.size // 1024, m.size % 1024) for m in board(name).memories}
    assert found == {"CODE": (origin, rom, 0), "RAM": (0x20000000, ram, 0)}


@pytest.mark.parametrize("name", NAMES)
def test_the_clock_that_is_described_is_the_one_that_is_compiled(name: str) -> None:
    stated = [f for f in board(name).flags if f.startswith("-DRV_CLOCK_HZ=")]
    assert stated in ([], [f"-DRV_CLOCK_HZ={board(name).clock_hz}U"])
    assert stated or board(name).kind != "board"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('core = "cortex-m0plus"\n', "", "the field `core` is missing"),
        ("verified_on_silicon = false", 'colour = "green"', "unknown field `colour`"),
        ("address = 0x40000000", "adress = 0x40000000", "unknown field `adress`"),
        ("mask = 0x0FFFFFFF\n", "", "the field `mask` is missing"),
        ('method = "uf2"', 'method = "hope"', "'hope' is none of pyocd, openocd, uf2"),
        ("clock_hz = 125_000_000", 'clock_hz = "fast"', "'fast' is not what this field takes"),
        ("clock_hz = 125_000_000", "clock_hz = true", "True is not what this field takes"),
        ("clock_hz = 125_000_000", "clock_hz =", "not a TOML file"),
        ("size = 0x42000", "size = 0", "leaves the 32-bit address space"),
        ("size = 0x42000", "size = 0xF0000000", "leaves the 32-bit address space"),
        ('name = "RAM"', 'name = "CODE"', "each once"),
        ('name = "RAM"', 'name = "ROM"', "each once"),
        ("family = 0xE48BFF56\n", "", "`flash` lacks family"),
        ('"-mcpu=cortex-m0plus"', "7", "7 is not what this field takes"),
        ("[chip]", "[chip]\nx = {}\n[chap]", "unknown field"),
        ("mask = 0x0FFFFFFF", "mask = 0", "every chip is this one"),
        ("mask = 0x0FFFFFFF", "mask = 0xFF", "bits that `mask` leaves out"),
        ("mask = 0x0FFFFFFF", "mask = 0x10FFFFFFF", "words of 32 bits"),
        ("value = 0x00002927", "value = -1", "words of 32 bits"),
        ("address = 0x40000000", "address = 0x40000002", "no multiple of 4"),
        ("origin = 0x20000000", "origin = 0x101FFFF8", "CODE and RAM overlap at 0x101ffff8"),
        ("origin = 0x20000000", "origin = 0x20000004", "no multiple of 8"),
        ("size = 0x42000", "size = 0x42001", "no multiple of 8"),
        ('core = "cortex-m0plus"', 'core = "cortex-m9"', "`core` 'cortex-m9' is none of"),
        ('name = "pico"', 'name = "../pico"', "small letters, digits and hyphens"),
        ('image = "{net}.elf"', 'image = "../{net}.elf"', "not the name of a file"),
        ('image = "{net}.elf"', "", "needs the name of its `image`"),
        ("clock_hz = 125_000_000", "clock_hz = -5", "no rate below"),
        ("clock_hz = 125_000_000", "", "needs its `clock_hz`"),
        ("family = 0xE48BFF56", "family = 0x1E48BFF56", "`family` is a word"),
        ("clock_hz = 125_000_000", 'emulator = "qemu"\nclock_hz = 1', "emulated or flashed"),
    ],
)  # fmt: skip
def test_a_damaged_board_file_is_one_clear_error(old: str, new: str, says: str) -> None:
    assert read_board(PICO, "pico.toml") == board("pico")
    assert PICO.count(old) >= 1
    with pytest.raises(RanvierError) as e:
        read_board(PICO.replace(old, new, 1), "pico.toml")
    assert e.value.code == "B007"
    assert says in e.value.what
    assert e.value.loc.startswith("pico.toml")


@pytest.mark.parametrize("name", NAMES)
def test_the_safe_pin_that_is_described_is_the_one_that_is_compiled(name: str) -> None:
    b = board(name)
    stated = [f for f in b.flags if f.startswith("-DRV_SAFE_")]
    assert bool(b.safe_output) == (b.kind == "board")
    assert bool(stated) == bool(b.safe_output)
    if stated:
        said = re.match(r"\D*(?:\d\.)?(\d+) \(.*\), (high|low)$", b.safe_output)
        assert said
        pin, safe = said.groups()
        level = int(safe == "high")
        assert stated == [f"-DRV_SAFE_PIN={int(pin)}U", f"-DRV_SAFE_LEVEL={level}U"]
        assert b.watchdog
        assert b.sleep
        assert b.deadline


def test_a_board_that_is_flashed_needs_its_chip() -> None:
    start, end = PICO.index("[chip]"), PICO.index("[flash]")
    with pytest.raises(RanvierError, match="needs `chip`"):
        read_board(PICO[:start] + PICO[end:], "pico.toml")


def test_the_document_names_every_field() -> None:
    text = (FOLDER.parents[2] / "docs/boards.md").read_text("utf-8")
    for field in fields(Board):
        assert f"`{field.name}`" in text, field.name
