# SPDX-License-Identifier: Apache-2.0
"""The input encoding in real numbers, as the float model takes it."""

import numpy as np
from numpy.typing import NDArray

from ranvier import filters
from ranvier.model import EncodeStage

Doubles = NDArray[np.float64]


def apply(stage: EncodeStage, x: Doubles) -> Doubles:
    """Return x, (samples, raw steps, values), after one stage, from rest."""
    match stage.kind:
        case "affine":
            assert stage.offset is not None
            assert stage.scale is not None
            return (x - stage.offset) * stage.scale
        case "rectify":
            return np.abs(x)
        case "clip":
            return np.clip(x, stage.low, stage.high)
        case "count":
            return np.asarray(_windows(x, stage.window).sum(axis=2))
        case "decimate":
            return _windows(x, stage.window)[:, :, -1]
        case "delta":
            return np.diff(x, axis=1, prepend=0.0)
        case "level":
            return _levels(stage, x)
        case "threshold":
            return _crossings(stage, x)
        case "filterbank":
            bands = [filters.bandpass(stage.rate, *band, stage.order) for band in stage.bands]
            return np.concatenate([filters.filtered(band, x) for band in bands], axis=2)
        case "square":
            return x * x
        case "smooth":
            return _smoothed(x, 2.0**-stage.shift)


def _windows(x: Doubles, window: int) -> Doubles:
    """Return (samples, steps, window, values) of the whole windows."""
    samples, steps, values = x.shape
    whole = steps // window
    return x[:, : whole * window].reshape(samples, whole, window, values)


def _levels(stage: EncodeStage, x: Doubles) -> Doubles:
    assert stage.delta is not None
    level = np.zeros_like(x[:, 0])
    counts = []
    for t in range(x.shape[1]):
        distance = np.floor(np.abs(x[:, t] - level) / stage.delta)
        most = np.minimum(distance, stage.max_events)
        ups, downs = np.where(x[:, t] > level, most, 0.0), np.where(x[:, t] < level, most, 0.0)
        level = level + (ups - downs) * stage.delta
        counts.append(np.concatenate([ups, downs], axis=1))
    return np.stack(counts, axis=1)


def _crossings(stage: EncodeStage, x: Doubles) -> Doubles:
    assert stage.threshold is not None
    before = np.concatenate([np.zeros_like(x[:, :1]), x[:, :-1]], axis=1)
    if stage.falling:
        crossed = (x <= stage.threshold) & (before > stage.threshold)
    else:
        crossed = (x >= stage.threshold) & (before < stage.threshold)
    wait = np.zeros(x[:, 0].shape, np.int64)
    for t in range(x.shape[1]):
        crossed[:, t] &= wait == 0
        wait = np.where(crossed[:, t], stage.refractory, np.maximum(wait - 1, 0))
    return crossed.astype(np.float64)


def _smoothed(x: Doubles, share: float) -> Doubles:
    level, means = np.zeros_like(x[:, 0]), np.empty_like(x)
    for t in range(x.shape[1]):
        level = level + (x[:, t] - level) * share
        means[:, t] = level
    return means
