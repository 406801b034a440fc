# SPDX-License-Identifier: Apache-2.0
"""The stages that turn raw samples into integers, as the golden model runs them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranvier.bounds import samples_per_step
from ranvier.ir import (
    AffineStage,
    ClipStage,
    CountStage,
    DecimateStage,
    DeltaStage,
    Encoding,
    FilterbankStage,
    IntArray,
    LevelCrossingStage,
    RectifyStage,
    SmoothStage,
    SquareStage,
    Stage,
    ThresholdCrossingStage,
)


class Encoder:
    """Runs an `Encoding` step by step over a batch of samples, remembering what its stages must."""

    def __init__(self, encoding: Encoding, n_samples: int) -> None:
        self._encoding = encoding
        self._memory: list[IntArray | None] = [None] * len(encoding.stages)
        self._wait: list[IntArray | None] = [None] * len(encoding.stages)
        self._n_samples = n_samples

    def step(self, raw: IntArray) -> IntArray:
        """Encode one step.

        Parameters
        ----------
        raw
            (samples, window, channels), int64.

        Returns
        -------
        IntArray
            (samples, encoded channels).
        """
        x = raw
        for k, stage in enumerate(self._encoding.stages):
            x = self._apply(k, stage, x)
        return x[:, 0]

    def _apply(self, k: int, stage: Stage, x: IntArray) -> IntArray:
        match stage:
            case AffineStage(factor=factor, offset=offset, shift=shift):
                return (x * factor + offset) >> shift
            case RectifyStage():
                return np.abs(x)
            case ClipStage(low=low, high=high):
                return np.clip(x, low, high)
            case CountStage(window=window):
                n, samples, channels = x.shape
                windows = x.reshape(n, samples // window, window, channels)
                return np.asarray(windows.sum(axis=2), np.int64)
            case DeltaStage():
                return x - self._previous(k, x)
            case ThresholdCrossingStage(threshold=threshold, falling=falling):
                before = self._previous(k, x)
                if falling:
                    crossed = (x <= threshold) & (before > threshold)
                else:
                    crossed = (x >= threshold) & (before < threshold)
                return self._rested(k, stage, crossed.astype(np.int64))
            case LevelCrossingStage():
                return self._level_crossing(k, stage, x)
            case FilterbankStage():
                return self._filterbank(k, stage, x)
            case SquareStage(shift=shift):
                return (x * x) >> shift
            case SmoothStage():
                return self._smooth(k, stage, x)
            case DecimateStage(window=window):
                return x[:, window - 1 :: window]

    def _previous(self, k: int, x: IntArray) -> IntArray:
        """Return the sample before each of x, remembering the last for the next step."""
        last = self._memory[k]
        first = np.zeros_like(x[:, :1]) if last is None else last
        self._memory[k] = x[:, -1:]
        return np.concatenate([first, x[:, :-1]], axis=1)

    def _level_crossing(self, k: int, stage: LevelCrossingStage, x: IntArray) -> IntArray:
        level = self._memory[k]
        if level is None:
            level = np.zeros_like(x[:, 0])
        counts = []
        for t in range(x.shape[1]):
            ups = np.clip((x[:, t] - level) // stage.delta, 0, stage.max_events)
            downs = np.clip((level - x[:, t]) // stage.delta, 0, stage.max_events)
            level = level + (ups - downs) * stage.delta
            counts.append(np.concatenate([ups, downs], axis=1))
        self._memory[k] = level
        return np.stack(counts, axis=1)

    def _rested(self, k: int, stage: ThresholdCrossingStage, crossed: IntArray) -> IntArray:
        """Return the crossings that come more than `refractory` samples after the last one."""
        wait = self._wait[k]
        if wait is None:
            wait = np.zeros_like(crossed[:, 0])
        reported = np.zeros_like(crossed)
        for t in range(crossed.shape[1]):
            reported[:, t] = crossed[:, t] * (wait == 0)
            wait = np.where(reported[:, t] == 1, stage.refractory, np.maximum(wait - 1, 0))
        self._wait[k] = wait
        return reported

    def _filterbank(self, k: int, stage: FilterbankStage, x: IntArray) -> IntArray:
        n, samples, channels = x.shape
        bands, sections = stage.b.shape
        past = self._memory[k]  # of what enters each section, and of the last one's output
        if past is None:
            past = np.zeros((sections + 1, 2, n, bands, channels), np.int64)
        half = 1 << (stage.shift - 1)
        out = np.empty((n, samples, bands * channels), np.int64)
        for t in range(samples):
            y = np.repeat(x[:, None, t] << stage.fraction, bands, axis=1)
            for s in range(sections):
                b, a1, a2 = stage.b[:, s, None], stage.a1[:, s, None], stage.a2[:, s, None]
                total = b * (y - past[s, 1]) - a1 * past[s + 1, 0] - a2 * past[s + 1, 1]
                past[s, 1], past[s, 0] = past[s, 0], y
                y = (total + half) >> stage.shift
            past[sections, 1], past[sections, 0] = past[sections, 0], y
            out[:, t] = (y >> stage.drop).reshape(n, -1)
        self._memory[k] = past
        return out

    def _smooth(self, k: int, stage: SmoothStage, x: IntArray) -> IntArray:
        level = self._memory[k]
        if level is None:
            level = np.zeros_like(x[:, 0])
        means = np.empty_like(x)
        for t in range(x.shape[1]):
            level = level - (level >> stage.shift) + x[:, t]
            means[:, t] = level >> stage.shift
        self._memory[k] = level
        return means


def encode(encoding: Encoding, raw: NDArray[np.integer[Any]]) -> IntArray:
    """Return all that an encoder gives.

    Parameters
    ----------
    raw
        (samples, raw steps, channels), whole steps.

    Returns
    -------
    IntArray
        (samples, steps, encoded channels).
    """
    n, _, channels = raw.shape
    encoder = Encoder(encoding, n)
    steps = raw.astype(np.int64).reshape(n, -1, samples_per_step(encoding), channels)
    return np.stack([encoder.step(steps[:, t]) for t in range(steps.shape[1])], axis=1)


def unit_after(stage: Stage, unit: float) -> float:
    """Return what a unit is worth after `stage`, where before it is worth `unit`.

    An affine stage chooses a unit, which is not to be told from its integers: it leaves `unit`.
    """
    match stage:
        case FilterbankStage(fraction=fraction, drop=drop):
            return unit * 2.0 ** (drop - fraction)
        case SquareStage(shift=shift):
            return unit * unit * 2.0**shift
        case LevelCrossingStage() | ThresholdCrossingStage():
            return 1.0
        case _:
            return unit


def to_raw(encoding: Encoding, x: NDArray[np.generic]) -> tuple[NDArray[np.integer[Any]], int]:
    """Return data as raw integers and how many values were clipped to the raw range.

    Parameters
    ----------
    x
        (samples, raw steps, *channels). Integers and booleans are raw already; floats are divided
        by ``raw_scale`` and rounded half to even.

    Returns
    -------
    tuple
        (samples, raw steps, channels) of the raw type, within ``raw_low..raw_high``, and a count.
    """
    flat = x.reshape(x.shape[0], x.shape[1], -1)
    raw = np.empty(flat.shape, np.dtype(encoding.raw))
    clipped = 0
    for k, sample in enumerate(flat):  # one at a time, for they are 64 bits wide
        if sample.dtype.kind == "f":
            whole = np.rint(sample.astype(np.float64) / encoding.raw_scale)
        elif sample.dtype == np.uint64:  # beyond 63 bits a cast would change the sign
            whole = np.minimum(sample, np.uint64(2**63 - 1)).astype(np.int64)
        else:
            whole = sample.astype(np.int64)
        limited = np.clip(whole, encoding.raw_low, encoding.raw_high)
        clipped += int(np.count_nonzero(limited != whole))
        raw[k] = limited
    return raw, clipped
