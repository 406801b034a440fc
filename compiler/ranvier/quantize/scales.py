# SPDX-License-Identifier: Apache-2.0
"""Chooses what one unit of each state and weight is worth, by range analysis.

With s_x the worth of a source's unit, lambda_i that of neuron i's state, and a projection's shift
sh, a weight's unit is ``s_w = lambda_i * 2**sh / s_x``: the state decides the weights' scale, a row
at a time. A spiking neuron's threshold carries its own lambda_i; readouts are compared through
multipliers.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranvier.nodes import Conv, FloatArray, Pool
from ranvier.qformat import int_max
from ranvier.quantize.incoming import Incoming

HEADROOM = 1.5  # state range over the calibration's extremes


@dataclass(frozen=True, slots=True)
class Scales:
    """The choice: lambda (size,), a shift for each projection, and the error that is expected."""

    unit: FloatArray
    shifts: tuple[int, ...]
    error: float


@dataclass(frozen=True, slots=True)
class Limits:
    """What the numerics allow.

    Attributes
    ----------
    shifts, window_shifts
        Of a map, and of one over the windows of an image.
    finest
        No unit is finer than that, (size,).
    grid
        Thresholds and biases are multiples of it, in units.
    """

    shifts: tuple[int, ...]
    window_shifts: tuple[int, ...]
    finest: FloatArray
    grid: int


def choose(
    incoming: tuple[Incoming, ...],
    reach: FloatArray,
    bits: int,
    state_bits: int,
    groups: NDArray[np.int64],
    most: Limits,
) -> Scales:
    """Return the scales with the least expected error.

    Each projection's shift is chosen for itself: a larger one makes the state finer and the
    weights coarser. The expected squared error of a step is ``s_w**2/12 * energy`` from rounded
    weights, ``lambda**2/3`` from each floor, and ``(lambda * grid)**2/12`` from biases on a grid;
    it is taken relative to the neuron's range.

    Parameters
    ----------
    reach
        Largest magnitude of each neuron's state, (size,).
    groups
        Neurons of one number share a scale, (size,).
    most
        What the numerics allow.
    """
    finest = largest_of_group(np.maximum(reach, 1e-12) * HEADROOM / int_max(state_bits), groups)
    finest = np.maximum(finest, largest_of_group(most.finest, groups))
    errors = [_errors(p, finest, reach, bits, groups, most) for p in incoming]
    shifts = tuple(min(each, key=lambda k, e=each: e[k]) for each in errors)  # type: ignore[misc]
    unit = finest
    for p, shift in zip(incoming, shifts, strict=True):
        unit = np.maximum(unit, _unit(p, shift, finest, bits, groups))
    error = sum(each[shift] for each, shift in zip(errors, shifts, strict=True))
    return Scales(unit=unit, shifts=shifts, error=float(error))


def largest_of_group(x: FloatArray, groups: NDArray[np.int64]) -> FloatArray:
    """Return the largest of each group, for every neuron in it."""
    most = np.zeros(int(groups.max(initial=0)) + 1)
    np.maximum.at(most, groups, x)
    return most[groups]


def _unit(
    p: Incoming, shift: int, finest: FloatArray, bits: int, groups: NDArray[np.int64]
) -> FloatArray:
    """Return the smallest lambda at which the weights fit their word."""
    needed = p.largest * p.unit / (int_max(bits) * 2.0**shift)
    return largest_of_group(np.maximum(finest, needed), groups)


def _errors(
    p: Incoming,
    finest: FloatArray,
    reach: FloatArray,
    bits: int,
    groups: NDArray[np.int64],
    most: Limits,
) -> dict[int, float]:
    """Return the expected error with each shift that a map may have."""
    weight = 1 / np.maximum(reach, 1e-12) ** 2

    def error(shift: int) -> float:
        unit = _unit(p, shift, finest, bits, groups)
        step = unit * 2.0**shift / p.unit
        floors = (1 if shift >= 0 else 2) / 3 + (most.grid**2 - 1) / 12
        return float((((step**2 / 12) * p.energy + floors * unit**2) * weight).sum())

    window = isinstance(p.map, (Conv, Pool))
    return {shift: error(shift) for shift in (most.window_shifts if window else most.shifts)}
