# SPDX-License-Identifier: Apache-2.0
"""How well an answer fits the labels: accuracy for classes, R2 for regression.

Both are added up batch by batch, and do not depend on how samples were divided: what a sample
contributes is computed for itself, and contributions are added without rounding (`math.fsum`).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranvier.errors import RanvierError


@dataclass(frozen=True, slots=True)
class Metric:
    """A named score; higher is better, 1 is perfect."""

    name: str
    value: float


class Accuracy:
    """The fraction of samples whose class is `y`.

    Raises
    ------
    RanvierError
        D008 where a label is not one of the network's classes.
    """

    def __init__(self, y: NDArray[np.integer[Any]], outputs: int, loc: str) -> None:
        if int(y.min()) < 0 or int(y.max()) >= outputs:
            raise RanvierError(
                "D008",
                f"labels {int(y.min())}..{int(y.max())}, but the network has {outputs} outputs",
                loc=loc,
                hint="labels count from 0",
            )
        self._y, self._right = y, 0

    def add(self, part: slice, out: NDArray[Any], classes: NDArray[np.integer[Any]]) -> None:
        """Score the classes of some samples; `out` is not looked at."""
        self._right += int(np.count_nonzero(classes == self._y[part]))

    def metric(self) -> Metric:
        """Return the score of all samples."""
        return Metric("accuracy", self._right / len(self._y))


class R2:
    """1 - residual / total sum of squares, averaged over outputs, masked steps left out.

    The mean that the total is taken about needs a pass over `y` before the first answer. All is
    in float64.

    Parameters
    ----------
    y
        Targets, (samples, steps, outputs).
    mask
        (samples, steps), True where a step counts; None: everywhere.
    shape
        What the network gives, (samples, steps, outputs).

    Raises
    ------
    RanvierError
        D009 where the shapes differ or no step counts, D015 where an output's targets do not vary.
    """

    def __init__(
        self, y: NDArray[Any], mask: NDArray[np.bool_] | None, shape: tuple[int, ...], loc: str
    ) -> None:
        if shape != y.shape:
            raise RanvierError(
                "D009",
                f"targets have shape {y.shape}, the network gives {shape}",
                loc=loc,
                hint="y is (samples, steps, outputs)",
            )
        self._y, self._mask = y, mask
        steps = len(y) * y.shape[1] if mask is None else int(np.count_nonzero(mask))
        if not steps:
            raise RanvierError(
                "D009",
                "the mask leaves no step to score",
                loc=loc,
                hint="mark the steps that count",
            )
        first = next(t[0] for t in self._every() if len(t))
        flat = np.flatnonzero(np.all([(t == first).all(axis=0) for t in self._every()], axis=0))
        if flat.size:
            raise RanvierError(
                "D015",
                f"the targets of output {flat[0]} never vary: R2 is not defined",
                loc=loc,
                hint="score on recordings in which every output moves",
            )
        mean = _sum([t.sum(axis=0) for t in self._every()]) / steps
        self._total = _sum([((t - mean) ** 2).sum(axis=0) for t in self._every()])
        self._residual: list[NDArray[np.float64]] = []

    def _every(self) -> Iterator[NDArray[np.float64]]:
        return (self._kept(k) for k in range(len(self._y)))

    def _kept(self, sample: int) -> NDArray[np.float64]:
        """Return the targets of a sample's steps that count, (steps, outputs)."""
        t = np.asarray(self._y[sample], np.float64)
        return t if self._mask is None else t[self._mask[sample]]

    def add(self, part: slice, out: NDArray[Any], classes: NDArray[np.integer[Any]]) -> None:
        """Score the answers of some samples, (samples, steps, outputs), in the targets' unit."""
        for k, o in enumerate(out, part.start):
            kept = o if self._mask is None else o[self._mask[k]]
            self._residual.append(((kept.astype(np.float64) - self._kept(k)) ** 2).sum(axis=0))

    def metric(self) -> Metric:
        """Return the score of all samples."""
        return Metric("r2", float(np.mean(1 - _sum(self._residual) / self._total)))


def _sum(parts: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the sum of vectors, rounded once: the same in any order."""
    return np.array([math.fsum(column) for column in zip(*parts, strict=True)])


def accuracy(
    classes: NDArray[np.integer[Any]], y: NDArray[np.integer[Any]], outputs: int, loc: str
) -> Metric:
    """Return the fraction of samples whose class is `y`; raises as `Accuracy`."""
    score = Accuracy(y, outputs, loc)
    score.add(slice(0, len(y)), classes, classes)
    return score.metric()


def r2(
    out: NDArray[np.floating[Any]],
    y: NDArray[Any],
    mask: NDArray[np.bool_] | None,
    loc: str,
) -> Metric:
    """Return R2 of answers `out` to targets `y`, (samples, steps, outputs); raises as `R2`."""
    score = R2(y, mask, out.shape, loc)
    score.add(slice(0, len(out)), out, np.zeros(len(out), np.int64))
    return score.metric()
