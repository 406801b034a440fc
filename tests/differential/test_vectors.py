# SPDX-License-Identifier: Apache-2.0
"""What gcc makes vectors of on this machine, with the flags of the board `host`.

An image for `host` may run on another computer, so that `-march=native` is not among them: vectors
are those that every computer of the architecture has.
"""

import platform
import re
import subprocess
from pathlib import Path

import pytest
from tests.cases import ROOT
from tests.needs import need_program

from ranvier.targets.mcu.board import board
from ranvier.targets.mcu.build import WARNINGS

HOST = board("host")
FIRMWARE = ROOT / "firmware"
WITH_VECTORS = [
    *(f"rv_events_{how}_i8" for how in ("set", "add")),
    *(f"rv_project_{what}_i{w}" for what in ("events", "values") for w in (8, 16)),
    *(f"rv_project_single_{what}_i{w}" for what in ("events", "values") for w in (8, 16)),
    *(f"rv_project_pool_{what}" for what in ("events", "values")),
    *(f"rv_encode_{what}" for what in ("affine", "clip", "count", "delta", "rectify", "smooth")),
    *(f"rv_encode_{what}" for what in ("store", "threshold", "load_i16", "load_u8", "take_u8")),
    "rv_add_shifted",
    "rv_add_state_i16",
    "rv_add_state_i32",
    "rv_li_i16",
    "rv_li_i16_s16",
    "rv_output_i16",
]
_FUNCTION = re.compile(r"^[0-9a-f]+ <(\w+)>:$", re.M)
# Arithmetic on packed integers: padd and its kin of x86-64, names of whole registers on AArch64.
_VECTOR = {
    "x86_64": re.compile(r"\bv?(padd|psub|pmul|pmadd|psll|psra|psrl|pand|pcmp|punpck)"),
    "aarch64": re.compile(r"\bv\d+\.(16b|8h|4s)\b"),
}


def vectors(kernel: str, folder: Path, *more: str) -> int:
    """Return how many instructions on vectors a kernel has, compiled for the host."""
    need_program("gcc", "gcc libc6-dev")
    need_program("objdump", "binutils")
    image = folder / f"{kernel}.o"
    include = [f"-I{FIRMWARE / part}" for part in ("include", "src")]
    source = str(FIRMWARE / "src" / f"{kernel}.c")
    command = ["gcc", *WARNINGS, *HOST.flags, *more, *include, "-c", source, "-o", str(image)]
    subprocess.run(command, check=True)
    listing = subprocess.run(
        ["objdump", "-d", "--no-show-raw-insn", str(image)], check=True, capture_output=True,
        text=True,
    ).stdout  # fmt: skip
    assert _FUNCTION.findall(listing), "nothing was compiled"
    return len(_VECTOR[platform.machine()].findall(listing))


@pytest.mark.skipif(platform.machine() not in _VECTOR, reason="vectors of another machine")
@pytest.mark.parametrize("kernel", WITH_VECTORS)
def test_the_host_runs_vectors(kernel: str, tmp_path: Path) -> None:
    assert vectors(kernel, tmp_path) > 0


@pytest.mark.skipif(platform.machine() not in _VECTOR, reason="vectors of another machine")
def test_vectors_are_what_is_counted(tmp_path: Path) -> None:
    """Without them the count is 0, so that the test above can fail."""
    assert vectors("rv_events_add_i8", tmp_path, "-fno-tree-vectorize") == 0


def test_an_image_for_the_host_runs_elsewhere() -> None:
    assert not [f for f in HOST.flags if f.startswith("-m")]
