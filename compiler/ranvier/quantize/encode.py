# SPDX-License-Identifier: Apache-2.0
"""Chooses the integers of the input encoding."""

from dataclasses import replace

import numpy as np

from ranvier import bounds, floating
from ranvier.check import RAW_RANGE
from ranvier.errors import RanvierError
from ranvier.frontends.data import Data
from ranvier.ir import (
    AffineStage,
    ClipStage,
    CountStage,
    Encoding,
    RawType,
    RectifyStage,
    Stage,
)
from ranvier.model import EncodeStage, Model, ModelEncoding
from ranvier.qformat import int_max

INPUT_BITS = 8  # of the encoded input: with int8 weights, products stay within 16 bits


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
    """Return the integer stages; from the affine stage on, a unit is worth the second result."""
    affine = [k for k, s in enumerate(encoding.stages) if s.kind == "affine"]
    if len(affine) > 1:
        raise RanvierError(
            "Q003", "more than one affine stage", loc=model.name, hint="merge them into one"
        )
    after = encoding.stages[affine[0] + 1 :] if affine else ()
    scale = _reach(encoding, after, calib) / int_max(INPUT_BITS) if affine else 1.0
    low, high = RAW_RANGE[encoding.raw]
    so_far = _encoding(model.channels, encoding.raw, low, high, 1.0, ())
    unit = 1.0
    for stage in encoding.stages:
        x = bounds.encoding_intervals(so_far)[-1]
        if stage.kind == "affine":
            unit = scale
            new: Stage = _affine(stage, unit, model, x)
        else:
            new = _stage(stage, unit)
        so_far = replace(so_far, stages=(*so_far.stages, new))
    return so_far, scale


def _reach(encoding: ModelEncoding, after: tuple[EncodeStage, ...], calib: Data) -> float:
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


def _stage(stage: EncodeStage, unit: float) -> Stage:
    match stage.kind:
        case "rectify":
            return RectifyStage()
        case "clip":
            return ClipStage(low=round(stage.low / unit), high=round(stage.high / unit))
        case _:
            return CountStage(window=stage.window)


def _affine(stage: EncodeStage, unit: float, model: Model, x: bounds.Interval) -> AffineStage:
    """Return ``(x*factor + offset) >> shift``, rounding to nearest, within 32 bits throughout.

    The offset is that of the rounded factor, so that what rounding costs grows with the distance
    from the stage's own offset and not from 0. The shift is the largest that fits.
    """
    assert stage.scale is not None
    assert stage.offset is not None
    gain = stage.scale / unit
    reach = np.maximum(np.abs(x.low), np.abs(x.high)).astype(np.float64)
    for shift in range(30, -1, -1):
        factor = np.rint(gain * 2.0**shift)
        offset = np.rint(-stage.offset * factor) + (2 ** (shift - 1) if shift else 0)
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
