# SPDX-License-Identifier: Apache-2.0
"""Rounds decay factors to integers."""

import numpy as np

from ranvier.ir import Decay
from ranvier.model import FloatArray

SHIFT = 16  # fraction bits; factor 0..65535 times a 16-bit state stays within 32 bits


def quantize_decay(alpha: FloatArray) -> Decay:
    """Return D(z) close to ``alpha * z``, alpha (size,) within 0..1.

    At least a half everywhere: ``z - ((z*a) >> 16)`` with a = 1 - alpha, so that what is rounded
    is the leak, and with it the time constant (relative error at most 2**-17 / (1 - alpha)).
    Otherwise ``(z*m) >> 15``.
    """
    if (alpha == 1).all():
        return Decay(kind="none", factor=np.zeros(1, np.int64))
    if (alpha >= 0.5).all():
        return _decay("leak", 1 - alpha, SHIFT)
    return _decay("multiply", alpha, SHIFT - 1)


def _decay(kind: str, factor: FloatArray, shift: int) -> Decay:
    raw = np.rint(factor * 2.0**shift).astype(np.int64)
    shared = raw[:1] if (raw == raw[0]).all() else raw
    if kind == "leak":
        return Decay(kind="leak", factor=shared, shift=shift)
    return Decay(kind="multiply", factor=shared, shift=shift)
