# SPDX-License-Identifier: Apache-2.0
"""Rounds decay factors to integers."""

import numpy as np

from ranvier.ir import Decay
from ranvier.model import FloatArray
from ranvier.quantize.parameter import parameter

MOST_BITS = 16  # of a factor; times a 16-bit state it stays within 32 bits
LEAST_BITS = 8
TAU_ERROR = 2.0**-9  # past this, a slow layer gets more fraction bits


def quantize_decay(alpha: FloatArray, bits: int = MOST_BITS) -> Decay:
    """Return D(z) close to ``alpha * z``, alpha (size,) within 0..1.

    Where a neuron keeps at least a half: ``z - ((z*a) >> bits)`` with a = 1 - alpha, so that what
    is rounded is the leak, and with it the time constant 1 / (1 - alpha) in steps; of the two
    integers beside it the one whose time constant is closer is taken. A layer whose slowest neuron
    would miss its time constant by more than `TAU_ERROR` gets the most fraction bits that its
    fastest one allows. Otherwise, or where some neuron keeps nothing at all,
    ``(z*m) >> (bits - 1)``.

    Both floor, so a positive state stops leaking below about 1 / (1 - alpha) units, and a negative
    one leaks to 0 (the other way round for ``multiply``): slow neurons want a wide state.

    Parameters
    ----------
    bits
        Of a factor, 8..16.
    """
    if (alpha == 1).all():
        return Decay(kind="none", factor=np.zeros(1, np.int64))
    leak = 1 - alpha
    top = 2**bits - 1
    if (alpha >= 0.5).any() and leak.max() * 2**bits <= top:
        coarse = 2.0 ** -(bits + 1) / leak[leak > 0].min() > TAU_ERROR
        shift = int(np.floor(np.log2(top / leak.max()))) if coarse else bits
        shift = min(max(shift, bits), 31)
        return Decay(
            kind="leak", factor=parameter(_closest_tau(leak * 2.0**shift, top)), shift=shift
        )
    raw = np.minimum(np.rint(alpha * 2.0 ** (bits - 1)), 2.0 ** (bits - 1))
    return Decay(kind="multiply", factor=parameter(raw), shift=bits - 1)


def _closest_tau(leak: FloatArray, top: int) -> FloatArray:
    """Return of the integers beside `leak` those whose inverse is closest to its inverse."""
    low, high = np.floor(leak), np.minimum(np.ceil(leak), top)
    with np.errstate(divide="ignore", invalid="ignore"):  # neurons that do not leak
        nearer_below = np.abs(1 / low - 1 / leak) < np.abs(1 / high - 1 / leak)
    return np.where((low > 0) & nearer_below, low, np.where(leak > 0, np.maximum(high, 1), 0))


def tau_error(alpha: FloatArray, found: Decay) -> float:
    """Return the largest relative error of a time constant, (1 - alpha)**-1 in steps.

    Neurons that keep everything have none, unless `found` makes them leak: then it is 1.
    """
    kept = found.factor / 2.0**found.shift
    leak = np.broadcast_to(
        {"leak": kept, "multiply": 1 - kept, "shift": 0.5**found.factor}.get(found.kind, 0 * kept),
        alpha.shape,
    )
    wanted = 1 - alpha
    slow = wanted == 0
    if (leak[slow] != 0).any() or (leak[~slow] == 0).any():
        return 1.0
    return float(np.abs(wanted[~slow] / leak[~slow] - 1).max(initial=0.0))
