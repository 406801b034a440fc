# SPDX-License-Identifier: Apache-2.0
"""Microcontrollers, emulated ones and this computer: what is compiled from C."""

from ranvier.targets.mcu.board import NAMES
from ranvier.tools.boards import OWN
from ranvier.tools.families.mcu.compile import job
from ranvier.tools.families.mcu.doctor import tools
from ranvier.tools.families.mcu.flashing import flash
from ranvier.tools.families.mcu.info import targets
from ranvier.tools.families.mcu.subject import samples, subject
from ranvier.tools.families.mcu.text import describe, row

__all__ = [
    "describe", "flash", "job", "owns", "row", "samples", "subject", "targets", "tools",
]  # fmt: skip


def owns(target: str) -> bool:
    """Tell whether a target is a board of Ranvier's, or a board file of the user's own."""
    return target in NAMES or target.endswith(OWN)
