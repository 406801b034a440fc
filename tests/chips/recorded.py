# SPDX-License-Identifier: Apache-2.0
"""What the chips' software computed: the cases of one recording, by number."""

from functools import cache
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Arrays: TypeAlias = dict[str, NDArray[np.int64]]


@cache
def recorded(chip: str) -> tuple[Arrays, ...]:
    """Return each case's parameters and results by name; treat as read-only."""
    with np.load(Path(__file__).parent / "vectors" / f"{chip}.npz") as file:
        arrays = {k: file[k] for k in file.files}
    numbers = sorted({int(k.split(".")[0]) for k in arrays})
    return tuple(
        {k.split(".", 1)[1]: x for k, x in arrays.items() if k.startswith(f"{number}.")}
        for number in numbers
    )
