# SPDX-License-Identifier: Apache-2.0
"""What the recorders of chips' software share: one file for all cases."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[np.int64]]


def record(
    out: Path, cases: int, draw: Callable[[int], Arrays], run: Callable[[Arrays], Arrays]
) -> None:
    """Draw and run each case, and write its arrays as ``<case>.<name>``."""
    arrays: Arrays = {}
    for case in range(cases):
        parameters = draw(case)
        found = run(parameters)
        arrays |= {f"{case}.{k}": x for k, x in (parameters | found).items()}
        spikes = sum(int(x.sum()) for k, x in found.items() if k.startswith("s"))
        print(f"case {case}: {spikes} spikes", file=sys.stderr)
    np.savez_compressed(out, **arrays)  # type: ignore[arg-type]
