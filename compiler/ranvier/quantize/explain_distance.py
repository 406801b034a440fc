# SPDX-License-Identifier: Apache-2.0
"""How far two runs of one layer are apart: van Rossum's distance, and its like for readouts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranvier.nodes import FloatArray
from ranvier.quantize.explain_mixed import Mixed
from ranvier.quantize.explain_pair import Pair

TAU_STEPS = 10.0  # time constant of the distance: spikes much closer than this are alike


@dataclass(frozen=True, slots=True)
class Distance:
    """A squared distance, and that of the first run from one in which nothing happens.

    Both are summed over samples and neurons.
    """

    squared: float
    from_silence: float

    @property
    def relative(self) -> float:
        """0: the same; 1: as far from the first run as silence is."""
        return self.squared / self.from_silence if self.from_silence > 0 else self.squared

    def __add__(self, more: "Distance") -> "Distance":
        """Return the distance over the samples of both."""
        return Distance(self.squared + more.squared, self.from_silence + more.from_silence)


def van_rossum(
    a: NDArray[np.integer], b: NDArray[np.integer], tau: float = TAU_STEPS
) -> FloatArray:
    """Return the squared van Rossum distance of spike trains, (samples, neurons).

    Each spike becomes a jump of 1 that decays with `tau`; the distance is the integral of the
    squared difference over all time, divided by tau, and so counts 1/2 for each spike that only one
    train has, and ``1 - exp(-n / tau)`` for one that is n steps late. Between steps the difference
    only decays, so that the integral is exact, in one pass.

    Parameters
    ----------
    a, b
        Spikes a step, (samples, steps, neurons).
    tau
        In steps.

    References
    ----------
    M. C. W. van Rossum, A novel spike distance, Neural Computation 13, 751-763 (2001), eq. 2.2.
    """
    keep = np.exp(-1.0 / tau)
    gap = np.zeros((a.shape[0], a.shape[2]))
    squares = np.zeros_like(gap)
    for t in range(a.shape[1]):
        gap = gap * keep + (a[:, t].astype(np.float64) - b[:, t])
        squares += gap * gap
    return np.asarray((squares * -np.expm1(-2.0 / tau) + gap * gap * np.exp(-2.0 / tau)) / 2)


def spikes_apart(a: NDArray[np.integer], b: NDArray[np.integer]) -> Distance:
    """Return the van Rossum distance of two runs of a firing layer."""
    return Distance(float(van_rossum(a, b).sum()), _spikes_from_silence(a))


def values_apart(a: FloatArray, b: FloatArray) -> Distance:
    """Return the squared difference of two runs of a readout."""
    return Distance(float(((a - b) ** 2).sum()), float((a**2).sum()))


def apart(p: Pair, base: Mixed, mixed: Mixed) -> float:
    """Return the squared distance of one layer in two mixtures."""
    if p.neurons.fires:
        return float(van_rossum(base.spikes[p.name], mixed.spikes[p.name]).sum())
    return float(((base.v[p.name] * p.unit - mixed.v[p.name] * p.unit) ** 2).sum())


def from_silence(p: Pair, base: Mixed) -> float:
    """Return how far one layer of a mixture is from doing nothing."""
    if p.neurons.fires:
        return _spikes_from_silence(base.spikes[p.name])
    return float(((base.v[p.name] * p.unit) ** 2).sum())


def _spikes_from_silence(a: NDArray[np.integer]) -> float:
    return float(van_rossum(a, np.zeros((1, a.shape[1], 1), np.uint8)).sum())
