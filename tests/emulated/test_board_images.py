# SPDX-License-Identifier: Apache-2.0
"""Images of real boards: made by the real compiler, laid out as the chips need them, never run.

No silicon is here and no emulator of these chips, so start-up, clocks and serial ports were
compiled and read, not executed.
"""

import io
import json
import struct
import subprocess
import zlib
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from tests import programmers
from tests.commands import call
from tests.images import image_network
from tests.needs import need_program

from ranvier.errors import RanvierError
from ranvier.ir import Network
from ranvier.targets.mcu import step_limit
from ranvier.targets.mcu.board import NAMES, board
from ranvier.targets.mcu.elf import symbols_of
from ranvier.targets.mcu.step_limit import CYCLES, CYCLES_OF_SERIAL_FLASH, PERIOD
from ranvier.tools.build import Build
from ranvier.tools.flash.firmware import read_firmware
from ranvier.tools.verbs.compile import compile
from ranvier.tools.verbs.flash import flash
from ranvier.tools.verbs.quantize import quantize
from ranvier.tools.verbs.run import run

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples/wearable_motion"
BOARDS = [name for name in NAMES if board(name).kind == "board"]
CORES = [name for name in NAMES if board(name).kind == "core"]


@pytest.fixture(scope="module")
def motion() -> Network:
    """The decoder of d06's kind: six channels of motion, two layers."""
    return quantize(str(EXAMPLE / "motion.nir"), str(EXAMPLE / "motion_calib.npz")).network


@pytest.fixture(scope="module", params=BOARDS)
def build(
    request: pytest.FixtureRequest, motion: Network, tmp_path_factory: pytest.TempPathFactory
) -> Build:
    need_program("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    return compile(motion, request.param, tmp_path_factory.mktemp("b") / "net").build


def addresses(build: Build) -> dict[str, int]:
    return {s.name: s.address for s in symbols_of(build.image.read_bytes())}


def test_the_image_lies_in_the_memories_and_starts(build: Build) -> None:
    firmware = read_firmware(build.image.read_bytes(), build.board, "image")
    elf = ELFFile(io.BytesIO(build.image.read_bytes()))
    loads = [s for s in elf.iter_segments() if s["p_type"] == "PT_LOAD"]
    places = [(m.origin, m.origin + m.size) for m in build.board.memories]
    assert loads
    for s in loads:
        for start in (s["p_vaddr"], s["p_paddr"]):
            assert any(a <= start and start + s["p_memsz"] <= b for a, b in places)
    symbols = addresses(build)
    flash_at = build.board.memory("CODE").origin
    table = flash_at + (0x100 if build.board.name == "pico" else 0)
    assert symbols["rv_vector_table"] == table
    assert table % 128 == 0, "VTOR takes multiples of 128"
    words = firmware.data[table - flash_at :]
    assert int.from_bytes(words[:4], "little") == symbols["rv_stack_top"]
    assert int.from_bytes(words[4:8], "little") == symbols["rv_reset"] | 1
    ram = build.board.memory("RAM")
    assert (
        ram.origin == symbols["rv_stack_bottom"] < symbols["rv_stack_top"] <= ram.origin + ram.size
    )


def test_the_image_knows_its_checksums(build: Build) -> None:
    """What start-up compares is what was written, over all of the code and the constants."""
    data = build.image.read_bytes()
    symbols = addresses(build)
    firmware = read_firmware(data, build.board, "image")
    origin = build.board.memory("CODE").origin

    def stored(start: str, end: str) -> bytes:
        return firmware.data[symbols[start] - origin : symbols[end] - origin]

    parts = (stored("rv_code_start", "rv_code_end"), stored("rv_tables_start", "rv_tables_end"))
    at = symbols["rv_seal"] - origin
    assert struct.unpack("<2I", firmware.data[at : at + 8]) == tuple(map(zlib.crc32, parts))
    assert min(map(len, parts)) > 1000


# The interrupts that are enabled, as the chips' makers number them: serial port, and alarm.
IRQS = {
    "nrf52840dk": (2, 8), "nrf54l15dk": (198, 202), "nucleo-l432kc": (38, 28),
    "nucleo-u575zi": (61, 45), "pico": (20, 0), "pico2": (33, 0),
}  # fmt: skip


def test_every_vector_has_its_handler(build: Build) -> None:
    symbols = addresses(build)
    firmware = read_firmware(build.image.read_bytes(), build.board, "image")
    serial, alarm = IRQS[build.board.name]
    n_vectors = 16 + max(serial, alarm) + 1
    at = symbols["rv_vector_table"] - build.board.memory("CODE").origin
    table = struct.unpack(f"<{n_vectors}I", firmware.data[at : at + 4 * n_vectors])
    fault = symbols["rv_fault"] | 1
    special = {0: symbols["rv_stack_top"], 1: symbols["rv_reset"] | 1, 15: symbols["rv_tick"] | 1,
               16 + serial: symbols["rv_serial_irq"] | 1}  # fmt: skip
    assert list(table) == [special.get(k, fault) for k in range(n_vectors)]
    size = 1 << (4 * n_vectors - 1).bit_length()
    assert symbols["rv_vector_table"] % max(size, 128) == 0, "VTOR takes multiples of its size"
    assert symbols["rv_device_init"]
    assert symbols["rv_board_answer"], "it drives the safe pin"


def test_an_image_that_the_boot_rom_would_not_start_is_not_written(
    motion: Network, tmp_path: Path
) -> None:
    need_program("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    pico = compile(motion, "pico", tmp_path / "pico").build
    damaged = {"pico": bytearray(pico.image.read_bytes())}
    stage = damaged["pico"].index((0x20004B0A).to_bytes(4, "little"))
    damaged["pico"][stage + 100] ^= 1
    pico2 = compile(motion, "pico2", tmp_path / "pico2").build
    whole = pico2.image.read_bytes()
    block = whole.index((0x10210142).to_bytes(4, "little"))
    for offset, says in ((-4, "no IMAGE_DEF"), (0, "no IMAGE_DEF of"), (2, "no secure executable"),
                         (8, "no end"), (12, "no end")):  # fmt: skip
        damaged["pico2"] = bytearray(whole)
        damaged["pico2"][block + offset] ^= 1
        with pytest.raises(RanvierError, match=says) as e:
            read_firmware(bytes(damaged["pico2"]), board("pico2"), "image")
        assert e.value.code == "F007"
    with pytest.raises(RanvierError, match="second stage has the checksum") as e:
        read_firmware(bytes(damaged["pico"]), board("pico"), "image")
    assert e.value.code == "F007"


def test_a_step_is_cut_off_soon_after_its_longest(build: Build) -> None:
    """By a flag that the image is compiled with, and so is its hash."""
    cost = build.manifest["cost"]
    assert "-DRV_DEADLINE_PERIODS=1U" in build.manifest["command"]
    cycles = CYCLES_OF_SERIAL_FLASH if build.board.name.startswith("pico") else CYCLES
    assert cost["instructions_per_step_at_most"] * cycles < PERIOD


def test_for_a_longer_step_it_is_compiled_again(
    motion: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step_limit, "PERIOD", 2000 * CYCLES)
    need_program("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    made = compile(motion, "nucleo-l432kc", tmp_path / "net").build
    assert 2000 < made.manifest["cost"]["instructions_per_step_at_most"] < 4000
    flags = [f for f in made.manifest["command"] if "PERIODS" in f]
    assert flags == ["-DRV_DEADLINE_PERIODS=2U"]
    assert bytes.fromhex(made.manifest["build_hash"]) in made.image.read_bytes()


def test_a_small_decoder_takes_what_a_wearable_has(build: Build) -> None:
    memory = build.manifest["memory"]
    assert 6000 < memory["rom"] < 16_000
    assert memory["ram"] < 6000
    assert memory["stack_unknown"] == []
    assert 0 < memory["stack"] < 4096


def test_a_convolutional_network_fits_every_board(build: Build, tmp_path: Path) -> None:
    made = compile(image_network(), build.board.name, tmp_path / "b").build
    read_firmware(made.image.read_bytes(), made.board, "image")


def test_the_second_stage_is_what_its_source_assembles_to(motion: Network, tmp_path: Path) -> None:
    gcc = need_program("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    objcopy = need_program("arm-none-eabi-objcopy", "binutils-arm-none-eabi")
    source = ROOT / "firmware/boards/pico/rv_boot2.S"
    subprocess.run([gcc, "-c", "-o", tmp_path / "b.o", source], check=True)
    subprocess.run(
        [objcopy, "-O", "binary", "-j", ".text", tmp_path / "b.o", tmp_path / "b.bin"], check=True
    )
    code = (tmp_path / "b.bin").read_bytes()
    made = compile(motion, "pico", tmp_path / "b").build
    block = read_firmware(made.image.read_bytes(), made.board, "image").data[:256]
    assert 0 < len(code) <= 252
    assert block[:252] == code.ljust(252, b"\0")
    assert int.from_bytes(block[252:], "little") == _crc32_mpeg2(block[:252])


def _crc32_mpeg2(data: bytes) -> int:
    """Restate the boot ROM's check, one bit at a time (RP2040 Datasheet, Flash Second Stage)."""
    assert data == b"123456789" or _crc32_mpeg2(b"123456789") == 0x0376E6E7  # its published check
    crc = 0xFFFFFFFF
    for byte in data:
        for k in range(7, -1, -1):
            top = (crc >> 31) ^ (byte >> k & 1)
            crc = (crc << 1 & 0xFFFFFFFF) ^ (0x04C11DB7 if top else 0)
    return crc


def test_the_rp2350_finds_its_block_in_the_first_4_kib(motion: Network, tmp_path: Path) -> None:
    need_program("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    made = compile(motion, "pico2", tmp_path / "b").build
    data = read_firmware(made.image.read_bytes(), made.board, "image").data
    words = (0xFFFFDED3, 0x10210142, 0x000001FF, 0, 0xAB123579)
    assert 0 <= data.find(b"".join(w.to_bytes(4, "little") for w in words)) <= 4096 - 20
    assert data.count((0xFFFFDED3).to_bytes(4, "little")) == 1


@pytest.mark.parametrize("name", CORES)
def test_a_core_without_a_board_gets_c_and_no_image(
    name: str, motion: Network, tmp_path: Path
) -> None:
    need_program("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    made = compile(motion, name, tmp_path / "b").build
    assert made.manifest["emit"] == "library"
    assert made.manifest["image"] == "motion.o"
    assert not any("src/boards/" in f or f.endswith("_link.c") for f in made.manifest["files"])
    with pytest.raises(RanvierError) as e:
        compile(motion, name, tmp_path / "c", emit="app")
    assert e.value.code == "C008"
    with pytest.raises(RanvierError) as e:
        flash(made)
    assert e.value.code == "B006"


def test_an_image_of_another_board_is_not_written(build: Build) -> None:
    other = board("nrf52840dk" if build.board.name != "nrf52840dk" else "pico")
    if other.memory("CODE").origin == build.board.memory("CODE").origin:
        other = board("pico")  # the nRFs' flash is at the same place: only the chip tells them
    with pytest.raises(RanvierError) as e:
        read_firmware(build.image.read_bytes(), other, "image")
    assert e.value.code == "F007"


def test_a_dry_run_says_everything_and_starts_nothing(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", programmers.install(tmp_path))
    said = call("flash", build.path, "--dry-run")
    assert said.exit_code == 0
    firmware = read_firmware(build.image.read_bytes(), build.board, "image")
    assert firmware.sha256 in said.stdout
    assert f"{len(firmware.data)} bytes at 0x{firmware.base:08x}" in said.stdout
    assert "not verified on silicon" in said.stdout
    assert "HELLO" in said.stdout
    assert not (tmp_path / "calls.txt").exists()
    report = json.loads(call("flash", build.path, "--dry-run", "--json").stdout)
    assert report["verified"] is False
    assert report["verified_on_silicon"] is False
    assert report["board"] == build.board.name
    assert report["image_sha256"] == firmware.sha256


def test_run_on_a_real_board_asks_for_its_port(build: Build) -> None:
    with pytest.raises(RanvierError) as e:
        run(build, str(EXAMPLE / "motion_test.npz"))
    assert e.value.code == "B008"
