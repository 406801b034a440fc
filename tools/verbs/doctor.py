# SPDX-License-Identifier: Apache-2.0
"""``ranvier doctor``: which tools are here, and how to get the rest."""

import sys
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

from ranvier.tools.families import FAMILIES
from ranvier.tools.families.protocol import Tool

_PACKAGES = ("ranvier", "nir", "numpy", "h5py", "pyserial", "cobs", "pyelftools", "jinja2", "click")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """The state of this machine."""

    tools: tuple[Tool, ...]

    @property
    def well(self) -> bool:
        """Whether nothing is missing that has to be there."""
        return all(t.found or t.optional for t in self.tools)

    def to_json(self) -> dict[str, Any]:
        """Return the list as plain data."""
        return {"tools": [asdict(t) for t in self.tools]}


def doctor() -> Checkup:
    """Look for every program and package that Ranvier can use."""
    python = Tool(
        name="python",
        found=True,
        version=sys.version.split()[0],
        needed_for="everything",
        install="",
    )
    packages = [
        Tool(name=p, found=True, version=version(p), needed_for="everything", install="")
        for p in _PACKAGES
    ]
    return Checkup(tools=(python, *packages, *(t for f in FAMILIES.values() for t in f.tools())))
