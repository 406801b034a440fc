# SPDX-License-Identifier: Apache-2.0
"""Rounds decay factors to integers."""

import numpy as np

from ranvier.ir import Decay
from ranvier.model import FloatArray

SHIFT = 16  # fraction bits; factor 0..65535 times a 16-bit state stays within 32 bits


def quantize_decay(alpha: FloatArray) -> Decay:
    """Return D(z) close to ``alpha * z``, alpha (size,) within 0..1.

    Where a neuron keeps at least a half: ``z - ((z*a) >> 16)`` with a = 1 - alpha, so that what is
    rounded is the leak, and with it the time constant (by 2**-17 / (1 - alpha) of it at most).
    Otherwise, or where some neuron keeps nothing at all, ``(z*m) >> 15``.

    Both floor, so a positive state stops leaking below about 1 / (1 - alpha) units, and a negative
    one leaks to 0 (the other way round for ``multiply``): slow neurons want a wide state.
    """
    if (alpha == 1).all():
        return Decay(kind="none", factor=np.zeros(1, np.int64))
    if (alpha >= 0.5).any() and (alpha >= 2.0**-SHIFT).all():
        return _decay("leak", 1 - alpha, SHIFT)
    return _decay("multiply", alpha, SHIFT - 1)


def _decay(kind: str, factor: FloatArray, shift: int) -> Decay:
    raw = np.rint(factor * 2.0**shift).astype(np.int64)
    shared = raw[:1] if (raw == raw[0]).all() else raw
    if kind == "leak":
        return Decay(kind="leak", factor=shared, shift=shift)
    return Decay(kind="multiply", factor=shared, shift=shift)
