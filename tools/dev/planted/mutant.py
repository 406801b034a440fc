# SPDX-License-Identifier: Apache-2.0
"""What a planted bug is: `tools/dev/mutants.py` plants them one by one."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """One planted bug: `old` becomes `new` in `file`, and `tests` must fail."""

    name: str
    file: str
    old: str
    new: str
    tests: str
