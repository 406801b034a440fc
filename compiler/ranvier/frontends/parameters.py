# SPDX-License-Identifier: Apache-2.0
"""Parameters of a node: numbers, finite, of the right shape."""

from typing import Any

import numpy as np

from ranvier.errors import RanvierError
from ranvier.nodes import FloatArray


def finite(value: Any, field: str, loc: str) -> FloatArray:
    """Return a parameter as float64; M003 where it is no number, or not finite."""
    try:
        x = np.asarray(value, np.float64)
    except (TypeError, ValueError) as e:
        raise bad(loc, f"{field} is not a number", "check the exporter") from e
    if not np.isfinite(x).all():
        where = tuple(int(k) for k in np.argwhere(~np.isfinite(x))[0])
        at = list(where) if where else ""
        endless = field.startswith("tau") and x[where] == np.inf
        hint = "a decay of exactly 1 has none: train with one below 1, or use IF neurons"
        raise bad(
            loc, f"{field}{at} is {x[where]}", hint if endless else "did the training diverge?"
        )
    return x


def each(
    value: Any, size: int, field: str, loc: str, shape: tuple[int, ...] | None = None
) -> FloatArray:
    """Return one value an element, (size,); a single one serves all, a channel's its plane.

    Parameters
    ----------
    shape
        Of the signal, channels first, where there is one: parameters are broadcast to it.
    """
    x = finite(value, field, loc)
    if x.size == size:
        return x.reshape(-1).copy()
    if shape is not None and x.ndim == len(shape):
        try:
            return np.broadcast_to(x, shape).reshape(-1).copy()
        except ValueError:
            pass
    if x.size != 1:
        raise bad(loc, f"{field} has {x.size} values for {size} neurons", "one, or one a neuron")
    return np.full(size, float(x.reshape(-1)[0]))


def whole(value: Any, field: str, loc: str, least: int, count: int = 2) -> tuple[int, ...]:
    """Return `count` whole numbers of at least `least`; a single one serves all."""
    x = finite(value, field, loc).reshape(-1)
    if (
        x.size not in (1, count)
        or (x != np.rint(x)).any()
        or (x < least).any()
        or (x > 2**20).any()
    ):
        raise bad(
            loc, f"{field} is {x[:8].tolist()!r:.60}", f"{count} whole numbers of at least {least}"
        )
    return tuple(int(v) for v in (x if x.size == count else np.repeat(x, count)))


def bad(loc: str, what: str, hint: str) -> RanvierError:
    """Return the error for a parameter that cannot be."""
    return RanvierError("M003", what, loc=loc, hint=hint)
