# SPDX-License-Identifier: Apache-2.0
"""Integer weights as Loihi's synapses hold them: a magnitude of 8 bits, a sign, an exponent.

    arrives = (sum of W * s) << exponent, or >> where negative; then << 6

`W` lies within 0..255 or -255..0 where all weights have one sign, and is even within -256..254
where they don't: a sign takes the lowest bit. That is what lava-nc 0.10.0 does
(utils/weightutils.py: clip_weights, truncate_weights).
"""

from dataclasses import dataclass

import numpy as np

from ranvier.ir import IntArray

ALIGNED = 6  # bits that whatever arrives is shifted by
MANTISSA = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """Weights as synapses hold them; `bits` of each that are used, the sign of mixed ones too."""

    weights: IntArray
    exponent: int
    bits: int


def encode(w: IntArray, shift: int, least: int, most: int) -> Encoded | None:
    """Return weights whose exact sums, shifted by `shift`, the chip's synapses can give.

    Parameters
    ----------
    w
        Any shape; not all 0.
    least, most
        What the exponent may be.

    Returns
    -------
    None where no magnitude of 8 bits and no exponent does. Of several the one with the largest
    magnitudes, as Lava chooses it.
    """
    zeros = low_zeros(w)
    if shift - ALIGNED + zeros < 0:
        return None  # sums would lose bits
    low, high = int(w.min()), int(w.max())
    for k in range(MANTISSA, -zeros - 1, -1):
        exponent = shift - ALIGNED - k
        if not least <= exponent <= most or not fits(_scaled(low, k), _scaled(high, k), zeros + k):
            continue
        made = w << k if k >= 0 else w >> -k
        mixed = int(low < 0 < high)
        return Encoded(weights=made, exponent=exponent, bits=max(1, MANTISSA - (zeros + k) + mixed))
    return None


def fits(low: int, high: int, zeros: int) -> bool:
    """Tell whether weights from `low` to `high` that end in so many zeros are magnitudes."""
    if low < 0 < high:
        return bool(low >= -(2**MANTISSA) and high < 2**MANTISSA and zeros >= 1)
    return bool(max(-low, high) < 2**MANTISSA)


def low_zeros(w: IntArray) -> int:
    """Return how many low bits are 0 in all of them."""
    every = int(np.bitwise_or.reduce(np.abs(w), axis=None))
    return (every & -every).bit_length() - 1


def _scaled(x: int, k: int) -> int:
    return x << k if k >= 0 else x >> -k
