# SPDX-License-Identifier: Apache-2.0
"""Interval bounds over the actual weights: the proof that no accumulator can overflow."""

from dataclasses import dataclass

import numpy as np

from ranvier import connections, filters
from ranvier.ir import (
    INPUT,
    AffineStage,
    ClipStage,
    CountStage,
    DecimateStage,
    DeltaStage,
    Encoding,
    FilterbankStage,
    IntArray,
    LevelCrossingStage,
    Network,
    Population,
    Projection,
    RectifyStage,
    SmoothStage,
    SquareStage,
    Stage,
    ThresholdCrossingStage,
)
from ranvier.qformat import bits_for


@dataclass(frozen=True, slots=True)
class Interval:
    """What each element of a vector can be: ``low[i] <= x[i] <= high[i]``."""

    low: IntArray
    high: IntArray

    @property
    def bits(self) -> int:
        """Two's complement word that holds every element and zero."""
        return bits_for(min(0, int(self.low.min())), max(0, int(self.high.max())))

    def with_zero(self) -> "Interval":
        """Return the interval widened to hold 0, as a partial sum must."""
        return Interval(np.minimum(self.low, 0), np.maximum(self.high, 0))


def encoding_intervals(encoding: Encoding) -> tuple[Interval, ...]:
    """Return what each stage can emit, the raw samples first, the encoded input last.

    The intermediate ``x * factor + offset`` of an affine stage is bounded by `affine_product`.
    """
    n = encoding.channels
    x = Interval(np.full(n, encoding.raw_low), np.full(n, encoding.raw_high))
    result = [x]
    for stage in encoding.stages:
        x = _after(stage, x)
        result.append(x)
    return tuple(result)


def affine_product(stage: AffineStage, x: Interval) -> Interval:
    """Bound ``x * factor + offset``, before the shift."""
    ends = np.stack([x.low * stage.factor, x.high * stage.factor])
    return Interval(ends.min(axis=0) + stage.offset, ends.max(axis=0) + stage.offset)


def filterbank_reach(stage: FilterbankStage, x: Interval) -> tuple[Interval, ...]:
    """Bound what enters the filterbank's first section and what each section puts out.

    (bands, channels) each. A section is exactly linear in its input and in what rounding adds,
    at most half a unit a sample; so the sums of the impulse responses' positive and negative parts
    bound it (`filters.gains`).
    """
    x = x.with_zero()
    bands = len(stage.b)
    low = np.repeat(x.low[None] << stage.fraction, bands, axis=0)
    high = np.repeat(x.high[None] << stage.fraction, bands, axis=0)
    result = [Interval(low, high)]
    up, down, noise = (g[..., None] for g in filters.gains(stage))
    for s in range(stage.b.shape[1]):
        top = np.ceil(up[:, s] * high - down[:, s] * low + noise[:, s] / 2)
        bottom = np.floor(up[:, s] * low - down[:, s] * high - noise[:, s] / 2)
        ends = (np.clip(y, -(2.0**61), 2.0**61).astype(np.int64) for y in (bottom, top))
        result.append(Interval(*ends))
    return tuple(result)


def filterbank_sum(stage: FilterbankStage, x: Interval) -> int:
    """Bound the magnitude of a section's sum of products, and of its partial sums, any order."""
    reach = [np.maximum(-y.low, y.high).max(axis=1) for y in filterbank_reach(stage, x)]
    most = 0
    for s in range(stage.b.shape[1]):
        for k in range(len(stage.b)):
            of_y = abs(int(stage.a1[k, s])) + abs(int(stage.a2[k, s]))
            products = 2 * abs(int(stage.b[k, s])) * int(reach[s][k]) + of_y * int(reach[s + 1][k])
            most = max(most, products + (1 << stage.shift))
    return most


def _after(stage: Stage, x: Interval) -> Interval:
    match stage:
        case AffineStage(shift=shift):
            y = affine_product(stage, x)
            return Interval(y.low >> shift, y.high >> shift)
        case RectifyStage():
            reach = np.maximum(np.abs(x.low), np.abs(x.high))
            touches = (x.low <= 0) & (x.high >= 0)
            return Interval(np.where(touches, 0, np.minimum(abs(x.low), abs(x.high))), reach)
        case ClipStage(low=low, high=high):
            return Interval(np.clip(x.low, low, high), np.clip(x.high, low, high))
        case CountStage(window=window):
            return Interval(x.low * window, x.high * window)
        case DeltaStage():
            wide = x.with_zero()
            return Interval(wide.low - wide.high, wide.high - wide.low)
        case LevelCrossingStage(max_events=most):
            n = 2 * len(x.low)
            return Interval(np.zeros(n, np.int64), np.full(n, most))
        case ThresholdCrossingStage():
            return Interval(np.zeros_like(x.low), np.ones_like(x.high))
        case FilterbankStage():
            y = filterbank_reach(stage, x)[-1]
            return Interval(y.low.ravel() >> stage.drop, y.high.ravel() >> stage.drop)
        case SquareStage(shift=shift):
            ends = _after(RectifyStage(), x)
            return Interval((ends.low * ends.low) >> shift, (ends.high * ends.high) >> shift)
        case SmoothStage():
            # s <= high * 2**shift holds at the start, and s - (s >> shift) + high grows with s and
            # is high * 2**shift there; so it holds for ever, and alike below.
            return x.with_zero()
        case DecimateStage():
            return x


def encoded_size(encoding: Encoding) -> int:
    """Return the number of integers a step's encoding emits."""
    return len(encoding_intervals(encoding)[-1].low)


def samples_per_step(encoding: Encoding) -> int:
    """Return how many raw samples one step consumes."""
    window = 1
    for stage in encoding.stages:
        if isinstance(stage, (CountStage, DecimateStage)):
            window *= stage.window
    return window


def source_interval(network: Network, source: str) -> Interval:
    """Bound what `source` emits in one step."""
    if source == INPUT:
        return encoding_intervals(network.encoding)[-1]
    population = network.population(source)
    most = population.fire.max_spikes if population.fire is not None else 0
    size = population.size
    return Interval(np.zeros(size, np.int64), np.full(size, most))


def sum_interval(network: Network, projection: Projection) -> Interval:
    """Bound the sum of `projection` at every target, and each of its partial sums in any order.

    Each term ``w * x`` lies in ``[min(w*low, w*high), max(w*low, w*high)]``; positive and negative
    parts are added up apart, so the result also holds every partial sum.
    """
    x = source_interval(network, projection.source).with_zero()
    w = connections.weights(projection.connection)
    positive = connections.with_weights(projection.connection, np.maximum(w, 0))
    negative = connections.with_weights(projection.connection, np.minimum(w, 0))
    low, high = x.low[None], x.high[None]
    return Interval(
        (connections.apply(positive, low) + connections.apply(negative, high))[0],
        (connections.apply(positive, high) + connections.apply(negative, low))[0],
    )


def drive_reach(network: Network, p: Population, synapse: int) -> int:
    """Bound the magnitude of what arrives at one synapse of `p`, shifted, and its partial sums."""
    total = 0
    for q in network.projections:
        if (q.target, q.synapse) == (p.name, synapse):
            x = sum_interval(network, q)
            reach = max(-int(x.low.min()), int(x.high.max()))
            total += reach << q.shift if q.shift >= 0 else (reach >> -q.shift) + 1
            if p.synapses and p.synapses[synapse].accumulate == "ring-buffer":
                total = min(total, ((1 << p.synapses[synapse].ring_bits) - 1) << q.shift)
    return total


def synapse_reach(network: Network, p: Population, synapse: int) -> int:
    """Bound the magnitude of a synaptic state's sum before its overflow rule."""
    s = p.synapses[synapse]
    state = 1 << (s.bits - 1)
    total = drive_reach(network, p, synapse)
    if s.drive_gain is not None:
        total *= max(1, int(s.drive_gain.max()))  # the product, before it is shifted
    return total + int(np.abs(s.bias).max()) + 2 * state


def membrane_reach(network: Network, p: Population) -> int:
    """Bound the magnitude of every sum in the update of a membrane: inputs, bias, resets."""
    total = 2 * (1 << (p.bits - 1)) + int(np.abs(p.bias).max())
    if p.fire is not None:
        total += int(np.abs(p.fire.threshold).max()) * (1 + p.fire.max_spikes) + 1
    if not p.synapses:
        return total + drive_reach(network, p, 0)
    for s in p.synapses:
        gained = (1 << (s.bits - 1)) * int(np.abs(s.gain).max())
        total += gained << -s.gain_shift if s.gain_shift < 0 else (gained >> s.gain_shift) + 1
        total += gained  # the product, before it is shifted
    return total


def shifted(x: IntArray, shift: int) -> IntArray:
    """Return x shifted left by `shift`, or right (floor) where it is negative."""
    return x << shift if shift >= 0 else x >> -shift
