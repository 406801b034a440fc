# SPDX-License-Identifier: Apache-2.0
"""The families of targets, each a module that is a `Family`."""

from ranvier.targets.board_file import OWN_BOARD, unknown
from ranvier.tools.build import Build
from ranvier.tools.families import fpga, loihi, mcu
from ranvier.tools.families.protocol import Family

FAMILIES: dict[str, Family] = {"mcu": mcu, "fpga": fpga, "loihi": loihi}


def family(target: str) -> Family:
    """Return the family of a target.

    Raises
    ------
    RanvierError
        B001 for a name that is not known, listing those that are.
    """
    for found in FAMILIES.values():
        if found.owns(target):
            return found
    names = (t.name for f in FAMILIES.values() for t in f.targets())
    raise unknown("target", target, names, OWN_BOARD)


def family_of(build: Build) -> Family:
    """Return the family that a build is for."""
    return FAMILIES[build.target.family]
