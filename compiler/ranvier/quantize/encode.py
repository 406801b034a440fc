# SPDX-License-Identifier: Apache-2.0
"""Chooses the integers of the input encoding."""

from dataclasses import replace

import numpy as np

from ranvier import bounds, filters, floating
from ranvier.check import RAW_RANGE
from ranvier.encoding import unit_after
from ranvier.errors import RanvierError
from ranvier.frontends.data import Data
from ranvier.ir import (
    AffineStage,
    ClipStage,
    CountStage,
    DecimateStage,
    DeltaStage,
    Encoding,
    FilterbankStage,
    FloatArray,
    IntArray,
    LevelCrossingStage,
    RawType,
    RectifyStage,
    SmoothStage,
    SquareStage,
    Stage,
    ThresholdCrossingStage,
)
from ranvier.model import EncodeStage, Model, ModelEncoding
from ranvier.qformat import int_max

INPUT_BITS = 8  # of the encoded input: with int8 weights, products stay within 16 bits
_WIDE = 21  # bits of filters and squares: what follows has 11 left for its factor
_BEFORE_AFFINE = ("level", "threshold", "filterbank", "square")


def quantize_encoding(model: Model, calib: Data) -> tuple[Encoding, float]:
    """Return the integer encoding and the real value of one unit of the encoded input.

    Float data without an encoding become int8 raw samples, the calibration's largest magnitude
    at 127; integer data without one are taken as they are.

    Raises
    ------
    RanvierError
        Q001 for float data where the model encodes raw integers, Q002 for integers no raw type
        holds, Q003 for an affine stage that cannot be expressed.
    """
    if model.encoding is not None:
        if calib.dtype.kind == "f":
            raise RanvierError(
                "Q001",
                f"the model encodes raw {model.encoding.raw} samples, the data are {calib.dtype}",
                loc=calib.name,
                hint="give raw integer samples, as the sensor delivers them",
            )
        return _staged(model, model.encoding, calib)
    if calib.dtype.kind == "f":
        reach = max(float(np.abs(x).max()) for _, x in calib.batches())
        scale = (reach if reach > 0 else 1.0) / int_max(INPUT_BITS)
        if scale == 1:  # 1 says that samples are raw integers, which these are not
            scale = float(np.nextafter(1.0, 2.0))
        low, high = -int_max(INPUT_BITS), int_max(INPUT_BITS)
        return _encoding(model.channels, "int8", low, high, scale, ()), scale
    ends = [(int(x.min()), int(x.max())) for _, x in calib.batches()]
    raw = _smallest_type(min(a for a, _ in ends), max(b for _, b in ends), calib.name)
    return _encoding(model.channels, raw, *RAW_RANGE[raw], 1.0, ()), 1.0


def _encoding(
    channels: int, raw: RawType, low: int, high: int, scale: float, stages: tuple[Stage, ...]
) -> Encoding:
    return Encoding(
        channels=channels, raw=raw, raw_low=low, raw_high=high, raw_scale=scale, stages=stages
    )


def _smallest_type(low: int, high: int, loc: str) -> RawType:
    for raw, (a, b) in RAW_RANGE.items():
        if a <= low and high <= b:
            return raw
    raise RanvierError(
        "Q002", f"integers {low}..{high} exceed 32 bits", loc=loc, hint="rescale the samples"
    )


def _staged(model: Model, encoding: ModelEncoding, calib: Data) -> tuple[Encoding, float]:
    """Return the integer stages; a unit of what they give is worth the second result."""
    affine = [k for k, s in enumerate(encoding.stages) if s.kind == "affine"]
    if len(affine) > 1:
        raise RanvierError(
            "Q003", "more than one affine stage", loc=model.name, hint="merge them into one"
        )
    after = encoding.stages[affine[0] + 1 :] if affine else ()
    late = next((s.kind for s in after if s.kind in _BEFORE_AFFINE), None)
    if late is not None:
        raise RanvierError(
            "Q003",
            f"a {late} stage behind an affine one",
            loc=model.name,
            hint="put it before: an affine stage makes 8 bits of the input, the last thing done",
        )
    scale = _largest(encoding, after, calib) / int_max(INPUT_BITS) if affine else 1.0
    low, high = RAW_RANGE[encoding.raw]
    so_far = _encoding(model.raw_channels, encoding.raw, low, high, 1.0, ())
    unit = 1.0
    for stage in encoding.stages:
        x = bounds.encoding_intervals(so_far)[-1]
        if stage.kind == "affine":
            new: Stage = _affine(stage, unit, scale, model, x)
            unit = scale
        else:
            new = _stage(stage, unit, x, model)
            unit = unit_after(new, unit)
        so_far = replace(so_far, stages=(*so_far.stages, new))
    return so_far, unit


def _largest(encoding: ModelEncoding, after: tuple[EncodeStage, ...], calib: Data) -> float:
    """Return the magnitude that the encoded input's word must hold.

    Where a clip follows the affine stage that is its limit, so that full scale means the same in
    every recording; else the largest value seen.
    """
    seen = max(
        float(np.abs(floating.encode(encoding, x)).max(initial=0)) for _, x in calib.batches()
    )
    clips = [max(abs(s.low), abs(s.high)) for s in after if s.kind == "clip"]
    counted = any(s.kind == "count" for s in after)
    if clips and not counted:
        return min(clips)
    return seen if seen > 0 else 1.0


def _stage(stage: EncodeStage, unit: float, x: bounds.Interval, model: Model) -> Stage:
    match stage.kind:
        case "rectify":
            return RectifyStage()
        case "clip":
            return ClipStage(low=round(stage.low / unit), high=round(stage.high / unit))
        case "count":
            return CountStage(window=stage.window)
        case "decimate":
            return DecimateStage(window=stage.window)
        case "delta":
            return DeltaStage()
        case "level":
            delta = np.maximum(_units(stage.delta, unit, model), 1)
            return LevelCrossingStage(delta=delta, max_events=stage.max_events)
        case "threshold":
            return ThresholdCrossingStage(
                threshold=_units(stage.threshold, unit, model),
                falling=stage.falling,
                refractory=stage.refractory,
            )
        case "filterbank":
            return _filterbank(stage, x, model)
        case "square":
            return _square(x)
        case _:
            return SmoothStage(shift=stage.shift)


def _units(value: FloatArray | None, unit: float, model: Model) -> IntArray:
    """Return real values in whole units."""
    assert value is not None
    whole = np.rint(value / unit)
    if np.abs(whole).max() > int_max(32):
        raise RanvierError(
            "Q003",
            f"{float(np.abs(value).max()):g} is beyond 32 bits where it is compared",
            loc=model.name,
            hint="are level and threshold in the units of what reaches their stage?",
        )
    return whole.astype(np.int64)


def _filterbank(stage: EncodeStage, x: bounds.Interval, model: Model) -> FilterbankStage:
    """Return the integer filters, with as many bits of fraction as their 31 bits have room for.

    A section's rounding is what its poles make of half a unit, thousands where a band is narrow; so
    fraction is what filters well, and what of it makes more than `_WIDE` bits is dropped behind.
    """
    made = filters.integers(stage.rate, stage.bands, stage.order, 0)

    def bits(fraction: int) -> int:
        reach = bounds.filterbank_reach(replace(made, fraction=fraction), x)
        return max(y.bits for y in reach)

    fraction = next((k for k in range(24, 0, -1) if bits(k) <= 31), 0)
    if bits(fraction) > 31:
        raise RanvierError(
            "Q003",
            f"a filter of samples that need {x.bits} bits does not fit 32-bit arithmetic",
            loc=model.name,
            hint="clip the samples before the filterbank",
        )
    made = replace(made, fraction=fraction)
    wide = bounds.filterbank_reach(made, x)[-1].bits
    return replace(made, drop=min(max(0, wide - _WIDE), fraction))


def _square(x: bounds.Interval) -> SquareStage:
    """Return the least shift that leaves a square in `_WIDE` bits, so that a gain still fits."""
    most = max(-int(x.low.min()), int(x.high.max())) ** 2
    return SquareStage(shift=max(0, most.bit_length() + 1 - _WIDE))


def _affine(
    stage: EncodeStage, before: float, unit: float, model: Model, x: bounds.Interval
) -> AffineStage:
    """Return ``(x*factor + offset) >> shift``, rounding to nearest, within 32 bits throughout.

    x is in units of `before`, the result in units of `unit`.

    The offset is that of the rounded factor, so that what rounding costs grows with the distance
    from the stage's own offset and not from 0. The shift is the largest that fits.
    """
    assert stage.scale is not None
    assert stage.offset is not None
    gain = stage.scale * before / unit
    reach = np.maximum(np.abs(x.low), np.abs(x.high)).astype(np.float64)
    for shift in range(30, -1, -1):
        factor = np.rint(gain * 2.0**shift)
        offset = np.rint(-stage.offset / before * factor) + (2 ** (shift - 1) if shift else 0)
        if float((np.abs(factor) * reach + np.abs(offset)).max()) <= int_max(32):
            return AffineStage(
                factor=factor.astype(np.int64), offset=offset.astype(np.int64), shift=shift
            )
    raise RanvierError(
        "Q003",
        f"an affine stage with gain {float(np.abs(gain).max()):g} does not fit 32-bit arithmetic",
        loc=model.name,
        hint="are offset and scale in raw units?",
    )
