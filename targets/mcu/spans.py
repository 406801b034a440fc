# SPDX-License-Identifier: Apache-2.0
"""Which outputs of a sliding window each row or column of an image reaches."""

from dataclasses import dataclass
from math import gcd

import numpy as np
from numpy.typing import NDArray

from ranvier.ir import IntArray

LARGEST = 65535  # of a 16-bit field


@dataclass(frozen=True, slots=True)
class Spans:
    """What each row (or column) of an image reaches: ``rv_span_t``, and the steps between.

    Attributes
    ----------
    table
        (length, 3): tap, out and n; taps counted from the kernel's end.
    tap_step, out_step
        From one reached output to the next; 0 where nothing reaches two.
    """

    table: NDArray[np.uint16]
    tap_step: int
    out_step: int


def spans(
    length: int, outputs: int, kernel: int, stride: int, dilation: int, padding: int,
    *, tap: int, out: int,
) -> Spans:  # fmt: skip
    """Return what each of `length` rows reaches.

    Row y reaches output o through tap a where ``o * stride = y + padding - a * dilation``. With
    g the divisor of stride and dilation there are such o only where g divides ``y + padding``, and
    they lie dilation/g apart.

    Parameters
    ----------
    outputs, kernel
        How many outputs and taps there are.
    tap, out
        Weights from one tap to the next, accumulators from one output to the next.
    """
    g = gcd(stride, dilation)
    every, back = dilation // g, stride // g
    at = np.arange(length, dtype=np.int64) + padding
    low = np.maximum(0, -(-(at - (kernel - 1) * dilation) // stride))
    high = np.minimum(outputs - 1, at // stride)
    # o * stride/g = at/g modulo dilation/g has one solution, by the inverse of stride/g.
    solution = (at // g) % every * pow(back, -1, every) % every
    first: IntArray = low + (solution - low) % every
    n = np.where((at % g == 0) & (first <= high), (high - first) // every + 1, 0)
    taps = kernel - 1 - (at - first * stride) // dilation
    table = np.stack([taps * tap, first * out, n], axis=1)
    several = int(n.max()) > 1
    return Spans(
        table=np.where(n[:, None] > 0, table, 0).astype(np.uint16),
        tap_step=back * tap if several else 0,
        out_step=every * out if several else 0,
    )
