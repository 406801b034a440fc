# SPDX-License-Identifier: Apache-2.0
"""FPGAs, and RTL for any chip: what is made of the Verilog core."""

from ranvier.targets.fpga.part import NAMES
from ranvier.tools.families.fpga.compile import job
from ranvier.tools.families.fpga.doctor import tools
from ranvier.tools.families.fpga.flashing import flash
from ranvier.tools.families.fpga.info import targets
from ranvier.tools.families.fpga.subject import samples, subject
from ranvier.tools.families.fpga.text import describe, row

__all__ = [
    "describe", "flash", "job", "owns", "row", "samples", "subject", "targets", "tools",
]  # fmt: skip


def owns(target: str) -> bool:
    """Tell whether a target is an FPGA of Ranvier's, or the RTL itself."""
    return target in NAMES
