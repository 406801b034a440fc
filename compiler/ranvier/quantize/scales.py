# SPDX-License-Identifier: Apache-2.0
"""Chooses what one unit of each state and weight is worth, by range analysis.

With s_x the worth of a source's unit, lambda_i that of neuron i's state, and a projection's shift
sh, a weight's unit is ``s_w = lambda_i * 2**sh / s_x``: the state decides the weights' scale, a row
at a time. A spiking neuron's threshold carries its own lambda_i; readouts share one.
"""

from dataclasses import dataclass

import numpy as np

from ranvier.model import FloatArray
from ranvier.qformat import int_max

HEADROOM = 1.5  # state range over the calibration's extremes
_SHIFTS = range(-16, 17)


@dataclass(frozen=True, slots=True)
class Incoming:
    """One projection, in real numbers.

    Attributes
    ----------
    weight
        (targets, sources), every gain folded in.
    unit
        Real value of one unit of the source.
    energy
        Mean over steps of the sum of squares of the source, which scales weight-rounding noise.
    """

    weight: FloatArray
    unit: float
    energy: float


@dataclass(frozen=True, slots=True)
class Scales:
    """The choice: lambda (size,), and a shift for each projection."""

    unit: FloatArray
    shifts: tuple[int, ...]


def choose(
    incoming: tuple[Incoming, ...], reach: FloatArray, bits: int, state_bits: int, shared: bool
) -> Scales:
    """Return the scales with the least expected error.

    Each projection's shift is chosen for itself: a larger one makes the state finer and the
    weights coarser. The expected squared error of a step is ``s_w**2/12 * energy`` from rounded
    weights, and ``lambda**2/3`` from each floor; it is taken relative to the neuron's range.

    Parameters
    ----------
    reach
        Largest magnitude of each neuron's state, (size,).
    shared
        Whether all neurons share one scale, as readouts that are compared must.
    """
    finest = np.maximum(reach, 1e-12) * HEADROOM / int_max(state_bits)
    if shared:
        finest = np.full_like(finest, finest.max())
    shifts = tuple(_best_shift(p, finest, reach, bits, shared) for p in incoming)
    unit = finest
    for p, shift in zip(incoming, shifts, strict=True):
        unit = np.maximum(unit, _unit(p, shift, finest, bits, shared))
    return Scales(unit, shifts)


def _unit(p: Incoming, shift: int, finest: FloatArray, bits: int, shared: bool) -> FloatArray:
    """Return the smallest lambda at which the weights fit their word."""
    largest = np.abs(p.weight).max(axis=1, initial=0.0)
    needed = np.maximum(finest, largest * p.unit / (int_max(bits) * 2.0**shift))
    return np.full_like(needed, needed.max()) if shared else needed


def _best_shift(p: Incoming, finest: FloatArray, reach: FloatArray, bits: int, shared: bool) -> int:
    weight = 1 / np.maximum(reach, 1e-12) ** 2

    def error(shift: int) -> float:
        unit = _unit(p, shift, finest, bits, shared)
        step = unit * 2.0**shift / p.unit
        floors = 1 if shift >= 0 else 2
        return float((((step**2 / 12) * p.energy + floors * unit**2 / 3) * weight).sum())

    return min(_SHIFTS, key=error)
