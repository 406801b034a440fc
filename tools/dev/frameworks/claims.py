# SPDX-License-Identifier: Apache-2.0
"""What docs/dialects.md says of exporters, tried on them: `claims.py FRAMEWORK`.

Runs in that framework's own environment, prints each claim, and fails where one is false.
"""

from __future__ import annotations

import importlib
import io
import logging
import sys
import tempfile
import warnings
from collections.abc import Callable
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import nir
import numpy as np

Claim = tuple[str, bool]


def refuses(run: Callable[[], Any]) -> bool:
    """Return whether it raises."""
    try:
        run()
    except Exception:
        return True
    return False


def writable(graph: Any) -> bool:
    """Return whether nir writes a graph."""
    with tempfile.TemporaryDirectory() as folder:
        return not refuses(lambda: nir.write(Path(folder) / "g.nir", graph))


def same(one: Any, other: Any) -> bool:
    """Return whether two graphs hold the same nodes, numbers and edges."""
    if one.nodes.keys() != other.nodes.keys() or set(one.edges) != set(other.edges):
        return False
    return all(
        np.array_equal(np.asarray(value), np.asarray(vars(other.nodes[key])[name]))
        for key, node in one.nodes.items()
        for name, value in vars(node).items()
        if isinstance(value, np.ndarray) or np.isscalar(value) or hasattr(value, "detach")
    )


def main(name: str) -> int:
    """Print every claim of one framework; return how many are false."""
    warnings.filterwarnings("ignore")
    logging.disable(logging.CRITICAL)
    false = 0
    with redirect_stderr(io.StringIO()):
        found = list(importlib.import_module(f"claims_{name}").claims())
    for text, true in found:
        print(f"{'true ' if true else 'FALSE'} {name}: {text}")
        false += not true
    return false


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
