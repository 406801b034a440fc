# SPDX-License-Identifier: Apache-2.0
"""``ranvier targets``: what a network can be compiled for."""

from dataclasses import asdict, dataclass
from typing import Any

from ranvier.tools.families import FAMILIES
from ranvier.tools.families.protocol import TargetInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """All targets."""

    targets: tuple[TargetInfo, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the list as plain data."""
        return {"targets": [asdict(t) for t in self.targets]}


def targets() -> Targets:
    """List the targets of this version."""
    return Targets(targets=tuple(t for f in FAMILIES.values() for t in f.targets()))
