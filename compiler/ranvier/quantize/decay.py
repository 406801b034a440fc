# SPDX-License-Identifier: Apache-2.0
"""Rounds decay factors to integers."""

import numpy as np

from ranvier.ir import Decay
from ranvier.model import FloatArray

SHIFT = 16  # usual fraction bits; a factor 0..65535 times a 16-bit state stays within 32 bits
TAU_ERROR = 2.0**-9  # past this, a slow layer gets more fraction bits


def quantize_decay(alpha: FloatArray) -> Decay:
    """Return D(z) close to ``alpha * z``, alpha (size,) within 0..1.

    Where a neuron keeps at least a half: ``z - ((z*a) >> 16)`` with a = 1 - alpha, so that what is
    rounded is the leak, and with it the time constant (by 2**-17 / (1 - alpha) of it at most). A
    layer whose slowest neuron would miss its time constant by more than `TAU_ERROR` gets the most
    fraction bits that its fastest one allows. Otherwise, or where some neuron keeps nothing at
    all, ``(z*m) >> 15``.

    Both floor, so a positive state stops leaking below about 1 / (1 - alpha) units, and a negative
    one leaks to 0 (the other way round for ``multiply``): slow neurons want a wide state.
    """
    if (alpha == 1).all():
        return Decay(kind="none", factor=np.zeros(1, np.int64))
    if (alpha >= 0.5).any() and (alpha >= 2.0**-SHIFT).all():
        leak = 1 - alpha
        coarse = 2.0 ** -(SHIFT + 1) / leak[leak > 0].min() > TAU_ERROR
        shift = int(np.floor(np.log2((2**SHIFT - 1) / leak.max()))) if coarse else SHIFT
        return _decay("leak", leak, min(max(shift, SHIFT), 31))
    return _decay("multiply", alpha, SHIFT - 1)


def tau_error(alpha: FloatArray, found: Decay) -> float:
    """Return the largest relative error of a time constant, (1 - alpha)**-1 in steps.

    Neurons that keep everything have none, unless `found` makes them leak: then it is 1.
    """
    kept = found.factor / 2.0**found.shift
    leak = np.broadcast_to(
        {"leak": kept, "multiply": 1 - kept}.get(found.kind, 0 * kept), alpha.shape
    )
    wanted = 1 - alpha
    slow = wanted == 0
    if (leak[slow] != 0).any() or (leak[~slow] == 0).any():
        return 1.0
    return float(np.abs(wanted[~slow] / leak[~slow] - 1).max(initial=0.0))


def _decay(kind: str, factor: FloatArray, shift: int) -> Decay:
    raw = np.rint(factor * 2.0**shift).astype(np.int64)
    shared = raw[:1] if (raw == raw[0]).all() else raw
    if kind == "leak":
        return Decay(kind="leak", factor=shared, shift=shift)
    return Decay(kind="multiply", factor=shared, shift=shift)
