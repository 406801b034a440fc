# SPDX-License-Identifier: Apache-2.0
"""All targets of Ranvier's by name, whatever their family."""

from typing import TypeAlias

from ranvier.targets.fpga.part import NAMES as PARTS
from ranvier.targets.fpga.part import Part, part
from ranvier.targets.loihi.chip import NAMES as LOIHI
from ranvier.targets.loihi.chip import Chip as Loihi
from ranvier.targets.loihi.chip import chip as loihi
from ranvier.targets.mcu.board import Board, board

Target: TypeAlias = Board | Part | Loihi


def target_of(name: str) -> Target:
    """Return a target.

    Raises
    ------
    RanvierError
        B001 for a name that is not known.
    """
    if name in LOIHI:
        return loihi(name)
    return part(name) if name in PARTS else board(name)
