# SPDX-License-Identifier: Apache-2.0
"""What random networks are drawn from: numbers, encodings, and connections of each shape."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from ranvier.check_encoding import encoding_problems
from ranvier.filters import integers
from ranvier.ir import (
    AffineStage,
    ClipStage,
    Connection,
    Conv,
    CountStage,
    DecimateStage,
    DeltaStage,
    Dense,
    Encoding,
    FilterbankStage,
    IntArray,
    LevelCrossingStage,
    Pool,
    RectifyStage,
    SmoothStage,
    Sparse,
    SquareStage,
    Stage,
    ThresholdCrossingStage,
)

RAW: dict[str, type[np.integer[Any]]] = {
    "uint8": np.uint8, "int8": np.int8, "uint16": np.uint16, "int16": np.int16, "int32": np.int32,
}  # fmt: skip
CONNECTIONS = ("dense", "sparse", "conv", "pool")
_SIZES = (1, 2, 3, 6)
_MAX = 12  # targets


@dataclass
class Draw:
    """Hypothesis' draw and the numbers' generator; `kernels`: stay within what C executes."""

    draw: Any
    rng: np.random.Generator
    kernels: bool
    bits: tuple[int, ...]  # widths of the states
    sources: dict[str, int] = field(default_factory=dict)  # what can be projected from, and size
    chips: bool = False  # draw the rules of neuromorphic chips as well

    def pick(self, *values: Any) -> Any:
        return self.draw(st.sampled_from(values))

    def ints(self, low: int, high: int, size: int) -> IntArray:
        """Return numbers near 0, at the ends or anywhere; one, or `size`."""
        n = self.pick(1, size)
        return spread(self.rng, low, high, (n,))


def spread(rng: np.random.Generator, low: int, high: int, shape: tuple[int, ...]) -> IntArray:
    """Return integers in low..high: a third small, a third at the ends, the rest anywhere."""
    small = np.clip(rng.integers(-9, 9, shape, endpoint=True), low, high)
    ends = rng.choice(np.array([low, high]), shape)
    anywhere = rng.integers(low, high, shape, endpoint=True)
    return np.choose(rng.integers(0, 3, shape), [small, ends, anywhere]).astype(np.int64)


# Encoding


def encodings(d: Draw) -> Encoding:
    """Return an encoding of up to four stages."""
    raw = d.pick(*RAW)
    channels = d.pick(1, 2, 3, 6)
    low, high = int(np.iinfo(RAW[raw]).min), int(np.iinfo(RAW[raw]).max)
    if d.kernels and raw == "int32":
        low, high = -20000, 20000
    if d.pick(True, False):
        low, high = max(low, -d.pick(1, 5, 100)), d.pick(1, 5, 100)
    stages: list[Stage] = []
    kinds = [d.pick(*_STAGES) for _ in range(d.pick(0, 1, 1, 2, 3))]
    for kind in kinds:
        if kind in _WINDOWS and any(isinstance(s, (CountStage, DecimateStage)) for s in stages):
            continue
        width = channels * spread_of(stages)
        if kind in ("level", "filterbank") and width > 6:
            continue
        stages.append(_stage(d, kind, width, low, high))
        if d.kernels:  # keep the next stage within 32 bits
            stages.append(ClipStage(low=-d.pick(1, 9, 300), high=d.pick(0, 9, 300)))
    if not stages and high > 300:
        stages.append(ClipStage(low=-300, high=300))
    if stages and d.pick(True, False):
        stages.append(ClipStage(low=-3, high=d.pick(1, 9)))
    encoding = Encoding(
        channels=channels, raw=raw, raw_low=low, raw_high=high, raw_scale=1.0, stages=tuple(stages)
    )
    while next(encoding_problems(encoding), None) is not None:
        encoding = replace(encoding, stages=encoding.stages[:-1])
    return encoding


_WINDOWS = ("count", "decimate")
_STAGES = (
    "affine", "rectify", "clip", "delta", "level", "rising", "falling", "filterbank", "square",
    "smooth", *_WINDOWS,
)  # fmt: skip


def spread_of(stages: Iterable[Stage]) -> int:
    """Return how many values the stages make of one."""
    spread = 1
    for s in stages:
        spread *= 2 if isinstance(s, LevelCrossingStage) else 1
        spread *= len(s.b) if isinstance(s, FilterbankStage) else 1
    return spread


def _stage(d: Draw, kind: str, channels: int, low: int, high: int) -> Stage:
    shape = (channels,)
    near = max(1, min(high, 60))
    match kind:
        case "affine":
            return AffineStage(
                factor=spread(d.rng, -300, 300, shape),
                offset=spread(d.rng, -5000, 5000, shape),
                shift=d.pick(0, 1, 7, 31),
            )
        case "rectify":
            return RectifyStage()
        case "clip":
            return ClipStage(low=-d.pick(0, 1, 90), high=d.pick(0, 3, 100))
        case "count":
            return CountStage(window=d.pick(1, 2, 3))
        case "decimate":
            return DecimateStage(window=d.pick(1, 2, 3))
        case "filterbank":
            return _filterbank(d)
        case "square":
            return SquareStage(shift=d.pick(0, 1, 9, 31))
        case "smooth":
            return SmoothStage(shift=d.pick(0, 1, 4))
        case "delta":
            return DeltaStage()
        case "level":
            delta = np.abs(spread(d.rng, 1, near, shape))
            return LevelCrossingStage(delta=np.maximum(delta, 1), max_events=d.pick(1, 2, 100))
        case _:
            threshold = spread(d.rng, max(low, -near), near, shape)
            return ThresholdCrossingStage(
                threshold=threshold, falling=kind == "falling", refractory=d.pick(0, 0, 1, 3)
            )


def _filterbank(d: Draw) -> FilterbankStage:
    """Return designed filters, or sections of any stable coefficients that ring for a while."""
    bands, sections = d.pick(1, 2), d.pick(1, 2, 3)
    if d.pick(True, False):
        edges = [(5.0, 20.0), (18.0, 45.0)][:bands]
        return integers(100.0, tuple(edges), sections, d.pick(0, 3, 8), d.pick(0, 2))
    shift = d.pick(4, 14, 30)
    one = 1 << shift
    a2 = d.rng.integers(-one * 3 // 4, one * 3 // 4, (bands, sections), endpoint=True)
    a1 = ((one + a2) * d.rng.uniform(-0.8, 0.8, a2.shape)).astype(np.int64)
    b = d.rng.integers(-one // 2, one // 2, a2.shape, endpoint=True)
    return FilterbankStage(
        b=b, a1=a1, a2=a2, shift=shift, fraction=d.pick(0, 1, 4), drop=d.pick(0, 1)
    )


def encoded_size(e: Encoding) -> int:
    """Return the integers that one step's encoding emits."""
    return e.channels * spread_of(e.stages)


# Connections


@dataclass(frozen=True)
class Map:
    """A connection from `source` to `size` targets, with weights of `bits` bits."""

    source: str
    connection: Connection
    bits: int
    size: int

    def again(self, d: Draw) -> "Map":
        """Return the same geometry with other weights."""
        c = self.connection
        weight = _weights(d, self.bits, np.shape(c.weight))
        new = replace(c, weight=int(weight)) if isinstance(c, Pool) else replace(c, weight=weight)
        return replace(self, connection=new)


def connection(d: Draw, source: str, kind: str, size: int | None = None) -> Map:
    """Return a connection of one kind; a convolution or a pool decides how many targets it has."""
    sources = d.sources[source]
    bits = d.pick(2, 8, 8, 12, 16)
    if kind in ("conv", "pool"):
        c = _windows(d, kind, sources, bits)
        if c is not None:
            return Map(source, c[0], bits, c[1])
    targets = size or d.pick(*_SIZES)
    if kind == "sparse":
        place = np.flatnonzero(d.rng.random(sources * targets) < 0.6)  # by source, then target
        weight = _weights(d, bits, place.shape)
        sparse = Sparse(
            shape=(targets, sources), target=place % targets, source=place // targets, weight=weight
        )
        return Map(source, sparse, bits, targets)
    return Map(source, Dense(weight=_weights(d, bits, (targets, sources))), bits, targets)


def _weights(d: Draw, bits: int, shape: tuple[int, ...]) -> NDArray[np.int64]:
    return spread(d.rng, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1, shape)


def _windows(d: Draw, kind: str, sources: int, bits: int) -> tuple[Connection, int] | None:
    """Return a convolution or pool over `sources` inputs, or None where it has too many targets."""
    channels = d.pick(*(k for k in (1, 2, 3) if sources % k == 0))
    height = d.pick(*(k for k in (1, 2, 3) if sources // channels % k == 0))
    shape = (channels, height, sources // channels // height)
    stride = (d.pick(1, 2), d.pick(1, 2))
    kernel = (d.pick(1, 2), d.pick(1, 2, 3))
    made: Conv | Pool
    if kind == "pool":
        pad = (d.pick(0, 1), d.pick(0, 1))
        padding, dilation, outputs = (pad[0], pad[0], pad[1], pad[1]), (1, 1), channels
        weight = int(_weights(d, bits, ()))
        made = Pool(weight=weight, input_shape=shape, kernel=kernel, stride=stride, padding=pad)
    else:
        padding = (d.pick(0, 1), d.pick(0, 1), d.pick(0, 1, 2), d.pick(0, 1))
        dilation = (d.pick(1, 2), d.pick(1, 2))
        groups = d.pick(1, channels)
        outputs = groups * d.pick(1, 2)
        made = Conv(
            weight=_weights(d, bits, (outputs, channels // groups, *kernel)),
            input_shape=shape, stride=stride, padding=padding, dilation=dilation, groups=groups,
        )  # fmt: skip
    reach = [dilation[k] * (kernel[k] - 1) + 1 for k in range(2)]
    room = [shape[1] + padding[0] + padding[1], shape[2] + padding[2] + padding[3]]
    size = outputs
    for k in range(2):
        size *= max(0, (room[k] - reach[k]) // stride[k] + 1)
    return (made, size) if 0 < size <= _MAX else None
