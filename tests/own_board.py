# SPDX-License-Identifier: Apache-2.0
"""A board file of a user's own: the emulated M4 under another name, with 16 KiB of RAM."""

from pathlib import Path

from tests.cases import ROOT

PACKAGED = "qemu-mps2-an386"
NAME = "my-m4"
TEXT = (ROOT / f"targets/mcu/boards/{PACKAGED}.toml").read_text("utf-8").replace(PACKAGED, NAME)
RAM = "origin = 0x20000000\nsize = 0x"
OWN = TEXT.replace(f"{RAM}400000", f"{RAM}4000")
assert OWN != TEXT


def own_board_file(folder: Path, text: str = OWN) -> Path:
    """Write the board file and return its path."""
    path = folder / f"{NAME}.toml"
    path.write_text(text)
    return path
