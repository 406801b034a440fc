# SPDX-License-Identifier: Apache-2.0
"""Moves thresholds towards the rates that neurons should have, and readouts to their mean."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ranvier.ir import Population, Projection
from ranvier.nodes import FloatArray
from ranvier.qformat import int_max, int_min
from ranvier.quantize.draft import Draft
from ranvier.quantize.parameter import parameter
from ranvier.quantize.replay import Replay, replay

TRIES = 6
FIRST_MOVE = 0.15  # of a threshold, for a neuron that fires without need or not at all
SHRINK = 0.7  # of the moves, from try to try


def matched(
    p: Population,
    own: tuple[Projection, ...],
    arriving: NDArray[np.integer],
    wanted: NDArray[np.integer],
) -> Population:
    """Return `p` with the thresholds at which each neuron fires most nearly as often as wanted.

    Each try moves every threshold from its best value so far by a part of itself that grows with
    the difference in rate and shrinks from try to try. The first try is where it is.

    Parameters
    ----------
    own, arriving
        As `replay` takes them.
    wanted
        Spikes of the model at full precision, (samples, steps, size).
    """
    assert p.fire is not None
    goal = wanted.mean(axis=(0, 1))
    theta = p.fire.threshold.astype(np.float64)
    best, least = theta.copy(), np.full(p.size, np.inf)
    for k in range(TRIES):
        found = replay(_at(p, theta), own, arriving)
        rate = found.spikes.mean(axis=(0, 1))
        off = np.abs(rate - goal)
        better = off < least
        best, least = np.where(better, theta, best), np.where(better, off, least)
        if not least.any():
            break
        most = np.maximum(np.maximum(rate, goal), 1e-9)
        theta = best * (1 + FIRST_MOVE * SHRINK**k * np.clip((rate - goal) / most, -1, 1))
    return _at(p, best)


def _at(p: Population, theta: FloatArray) -> Population:
    assert p.fire is not None
    low = 1 if (p.fire.threshold > 0).all() else int_min(p.bits)
    whole = np.clip(np.rint(theta), low, int_max(p.bits)).astype(np.int64)
    return replace(p, fire=replace(p.fire, threshold=whole))


def centred(p: Population, found: Replay, wanted: FloatArray, made: Draft) -> Population:
    """Return a readout whose bias brings its mean to what it should be.

    Parameters
    ----------
    wanted
        Mean membrane of the model at full precision, real, (size,).
    """
    unit = np.broadcast_to(p.scale, (p.size,))
    off = wanted / unit - found.v.mean(axis=(0, 1))
    return replace(p, bias=parameter(p.bias + np.rint(off * _lost(p, made))))


def _lost(p: Population, made: Draft) -> FloatArray:
    """Return what a membrane must get in each step to stay one unit above where it would settle."""
    if p.form == "relax":  # towards the sum of its inputs, whatever its time constant
        return np.ones(p.size)
    if p.decay.kind == "shift":  # the time constant is not the model's
        return np.asarray(2.0**-p.decay.factor, np.float64)
    return made.difference.leaks
