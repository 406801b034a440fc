# SPDX-License-Identifier: Apache-2.0
"""How well an answer fits the labels: accuracy for classes, R2 for regression."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranvier.errors import RanvierError


@dataclass(frozen=True, slots=True)
class Metric:
    """A named score; higher is better, 1 is perfect."""

    name: str
    value: float


def accuracy(
    classes: NDArray[np.integer], y: NDArray[np.integer], outputs: int, loc: str
) -> Metric:
    """Return the fraction of samples whose class is `y`.

    Raises
    ------
    RanvierError
        D008 where a label is not one of the network's classes.
    """
    if int(y.min()) < 0 or int(y.max()) >= outputs:
        raise RanvierError(
            "D008",
            f"labels {int(y.min())}..{int(y.max())}, but the network has {outputs} outputs",
            loc=loc,
            hint="labels count from 0",
        )
    return Metric("accuracy", float(np.mean(classes == y)))


def r2(
    out: NDArray[np.floating], y: NDArray[np.floating], mask: NDArray[np.bool_] | None, loc: str
) -> Metric:
    """Return 1 - residual / total sum of squares, averaged over outputs, masked steps left out.

    `out` and `y` are (samples, steps, outputs).

    Raises
    ------
    RanvierError
        D009 where the shapes differ, D015 where an output's targets do not vary.
    """
    if out.shape != y.shape:
        raise RanvierError(
            "D009",
            f"targets have shape {y.shape}, the network gives {out.shape}",
            loc=loc,
            hint="y is (samples, steps, outputs)",
        )
    keep = np.ones(out.shape[:2], bool) if mask is None else mask
    o, t = out[keep].astype(np.float64), y[keep].astype(np.float64)
    if not len(o):
        raise RanvierError(
            "D009", "the mask leaves no step to score", loc=loc, hint="mark the steps that count"
        )
    flat = np.flatnonzero((t == t[0]).all(axis=0))
    if flat.size:
        raise RanvierError(
            "D015",
            f"the targets of output {flat[0]} never vary: R2 is not defined",
            loc=loc,
            hint="score on recordings in which every output moves",
        )
    residual = ((o - t) ** 2).sum(axis=0)
    total = ((t - t.mean(axis=0)) ** 2).sum(axis=0)
    return Metric("r2", float(np.mean(1 - residual / total)))
