# SPDX-License-Identifier: Apache-2.0
"""Builds tests/differential/testnet.c for a host or an emulated board, and restates it."""

import subprocess
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tests.needs import need_program

from ranvier.targets.mcu.board import board
from ranvier.targets.mcu.build import memory_script
from ranvier.targets.mcu.seal import sealed

ROOT = Path(__file__).parents[1]
FIRMWARE = ROOT / "firmware"
TESTNET = ROOT / "tests/differential/testnet.c"
SIGNATURE = bytes((0x51, 0x60, 0x4E, 0xD0)) + bytes(27) + b"\xff"
N_INPUTS, N_COUNT, N_OUTPUTS = 6, 3, 2

STRICT = ("-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror")
HOST_C = ("gcc", "-O2", "-ffreestanding", *STRICT)
UNDEFINED = ("-fsanitize=undefined", "-fno-sanitize-recover=all")
INT8 = ("-DRV_TEST_SAMPLE=int8_t", "-DRV_TEST_TYPE=RV_TYPE_I8")
LINK = sorted(
    path for path in (FIRMWARE / "src").glob("rv_*.c")
    if path.stem.startswith(("rv_link", "rv_cobs", "rv_crc32", "rv_probe", "rv_board_default"))
)  # fmt: skip


def compile_c(command: tuple[str, ...], sources: list[Path], out: Path, *flags: str) -> Path:
    """Run gcc; its complaints fail the test."""
    done = subprocess.run(
        [*command, "-I", str(FIRMWARE / "include"), "-I", str(FIRMWARE / "src"),
         *map(str, sources), *flags, "-o", str(out)],
        capture_output=True, text=True, check=False, cwd=FIRMWARE,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return out


def build_host_library(folder: Path, *flags: str) -> Path:
    """Return the test network's shared library, with undefined behaviour trapped."""
    need_program("gcc", "gcc")
    sources = [*LINK, FIRMWARE / "boards/host/rv_host.c", TESTNET]
    return compile_c(HOST_C, sources, folder / "testnet.so", "-shared", "-fPIC", *UNDEFINED, *flags)


def build_board(folder: Path, *flags: str, name: str = "qemu-mps2-an386") -> Path:
    """Return the test network's image for an emulated board."""
    where = board(name)
    need_program(where.compiler, where.package)
    sources = [*LINK, TESTNET]
    for pattern in where.sources:
        sources += sorted(FIRMWARE.glob(pattern))
    command = (where.compiler, *where.flags, "-g", *STRICT, "-ffunction-sections",
               "-fdata-sections")  # fmt: skip
    (folder / "memory.ld").write_text(memory_script(where))
    # The last: libgcc, which what stands before it needs.
    image = compile_c(command, sources, folder / "testnet.elf", "-L", str(folder),
                      *where.link_flags[:-1], *flags, where.link_flags[-1])  # fmt: skip
    image.write_bytes(sealed(image.read_bytes()))
    return image


class TestNet:
    """The same arithmetic as testnet.c, in Python."""

    __test__ = False

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Go back to step 0."""
        self.steps = 0
        self.hidden_syn = np.zeros(N_INPUTS, np.int16)
        self.hidden_v = np.zeros(N_INPUTS, np.int16)
        self.count_v = np.zeros(N_COUNT, np.int32)
        self.count_out = np.zeros(N_COUNT, np.int16)
        self.readout_v = np.zeros(N_OUTPUTS, np.int32)
        self.spikes = np.zeros(N_INPUTS, np.int16)

    def step(self, raw: npt.NDArray[np.integer]) -> int:
        """Advance by one step and return the class."""
        x = raw.astype(np.int64)
        self.steps += 1
        self.hidden_syn = (3 * self.hidden_syn.astype(np.int64) + x).astype(np.int16)
        v = self.hidden_v.astype(np.int64) + self.hidden_syn + self.steps
        self.hidden_v = v.astype(np.int16)
        self.spikes = self.hidden_v & 1
        self.count_v = (self.count_v + x[:N_COUNT] * x[N_COUNT:]).astype(np.int32)
        self.count_out = (x[:N_COUNT] & 3).astype(np.int16)
        readout = 5 * self.readout_v.astype(np.int64) + self.hidden_v[:N_OUTPUTS]
        self.readout_v = (readout + np.arange(N_OUTPUTS)).astype(np.int32)
        return int(self.readout_v[1] > self.readout_v[0])
