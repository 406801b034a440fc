# SPDX-License-Identifier: Apache-2.0
"""Intel's Loihi 1 and 2: configurations, proved on the vendor's own models."""

from ranvier.targets.loihi.chip import NAMES
from ranvier.tools.families.loihi.compile import job
from ranvier.tools.families.loihi.info import flash, targets, tools
from ranvier.tools.families.loihi.subject import samples, subject
from ranvier.tools.families.loihi.text import describe, row

__all__ = [
    "describe", "flash", "job", "owns", "row", "samples", "subject", "targets", "tools",
]  # fmt: skip


def owns(target: str) -> bool:
    """Tell whether a target is a Loihi."""
    return target in NAMES
