# SPDX-License-Identifier: Apache-2.0
"""Parameters of neurons as networks store them."""

import numpy as np
from numpy.typing import NDArray

from ranvier.ir import IntArray


def parameter(whole: NDArray[np.number]) -> IntArray:
    """Return whole numbers (size,) as integers: one element where all are equal, else each."""
    raw = np.asarray(whole).astype(np.int64)
    return raw[:1] if (raw == raw[0]).all() else raw
