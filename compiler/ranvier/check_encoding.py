# SPDX-License-Identifier: Apache-2.0
"""Is this an encoding? Each stage within its limits, for as many values as reach it."""

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ranvier import bounds, filters
from ranvier.check_neurons import LIMIT, MAX_NEURONS, Problem
from ranvier.ir import (
    AffineStage,
    ClipStage,
    CountStage,
    DecimateStage,
    Encoding,
    FilterbankStage,
    IntArray,
    LevelCrossingStage,
    RawType,
    SmoothStage,
    SquareStage,
    Stage,
    ThresholdCrossingStage,
)
from ranvier.qformat import int_max

MAX_BANDS, MAX_SECTIONS = 32, 8
RAW_RANGE: dict[RawType, tuple[int, int]] = {
    "uint8": (0, 255),
    "int8": (-128, 127),
    "uint16": (0, 65535),
    "int16": (-32768, 32767),
    "int32": (-(2**31), 2**31 - 1),
}
Fault = tuple[str, str]  # what, hint


def encoding_problems(e: Encoding) -> Iterator[Problem]:
    """Yield what is wrong with an encoding: the field, what, and a hint."""
    low, high = RAW_RANGE[e.raw]
    if not 1 <= e.channels <= MAX_NEURONS:
        yield "encoding", f"{e.channels} channels", f"1 to {MAX_NEURONS} are possible"
        return
    if not low <= e.raw_low <= e.raw_high <= high:
        yield "encoding", f"{e.raw_low}..{e.raw_high} does not fit {e.raw}", "widen the raw type"
        return
    if not (math.isfinite(e.raw_scale) and e.raw_scale > 0):
        yield "encoding", f"raw_scale {e.raw_scale} is not positive", "give a positive scale"
    width = e.channels
    for k, stage in enumerate(e.stages):
        where = f"encoding.stages[{k}]"
        fault = next(_stage(stage, width), None)
        if fault is None:
            fault = _reach(replace(e, stages=e.stages[: k + 1]))
        if fault is not None:
            yield where, *fault
            return
        width *= _spread(stage)
    if sum(isinstance(s, (CountStage, DecimateStage)) for s in e.stages) > 1:
        yield "encoding.stages", "more than one count or decimate stage", "merge the windows"


def _spread(stage: Stage) -> int:
    """Return how many values a stage makes of one."""
    match stage:
        case LevelCrossingStage():
            return 2
        case FilterbankStage():
            return len(stage.b)
        case _:
            return 1


def _reach(e: Encoding) -> Fault | None:
    """Return what is wrong with the values that come out of the last stage."""
    before, after = bounds.encoding_intervals(e)[-2:]
    last = e.stages[-1]
    bits = after.bits
    if isinstance(last, FilterbankStage):
        bits = max(1 + y.bits for y in bounds.filterbank_reach(last, before))  # x[t] - x[t-2]
        if bounds.filterbank_sum(last, before) >= 2**62:
            return "a filter's sum could exceed 62 bits", "use a smaller fraction"
    if isinstance(last, SmoothStage):
        bits += max(1, last.shift)  # of the sum, or of a difference from it
    if bits > 32:
        return f"its values need {bits} bits, 32 are there", "clip or scale them down"
    return None


def _stage(stage: Stage, width: int) -> Iterator[Fault]:
    """Yield what is wrong with a stage that `width` values reach, apart from what they reach."""
    match stage:
        case AffineStage():
            if stage.factor.shape != (width,) or stage.offset.shape != (width,):
                yield "factor and offset need one element a channel", "match channels"
            elif max(_most(stage.factor), _most(stage.offset)) > LIMIT:
                yield "factor or offset exceeds 32 bits", "rescale"
            yield from _within("shift", stage.shift, 0, 31, "rescale")
        case ClipStage(low=a, high=b) if a > b or max(abs(a), abs(b)) > LIMIT:
            yield f"clip limits {a} > {b}, or beyond 32 bits", "check the limits"
        case CountStage(window=w) | DecimateStage(window=w):
            yield from _within("window", w, 1, 65535, "choose a shorter window")
        case LevelCrossingStage():
            if stage.delta.shape != (width,) or (stage.delta <= 0).any():
                yield "delta needs one positive element a channel", "match channels"
            elif _most(stage.delta) > LIMIT:
                yield "delta exceeds 32 bits", "rescale"
            yield from _within("max_events", stage.max_events, 1, int_max(16), "limit it")
            if 2 * width > MAX_NEURONS:
                yield f"it doubles {width} channels", f"at most {MAX_NEURONS // 2}"
        case ThresholdCrossingStage():
            if stage.threshold.shape != (width,):
                yield "threshold needs one element a channel", "match channels"
            elif _most(stage.threshold) > LIMIT:
                yield "threshold exceeds 32 bits", "rescale"
            yield from _within("refractory", stage.refractory, 0, 65535, "shorten it")
        case FilterbankStage():
            yield from _filterbank(stage, width)
        case SquareStage(shift=shift):
            yield from _within("shift", shift, 0, 31, "rescale")
        case SmoothStage(shift=shift):
            yield from _within("shift", shift, 0, 15, "smooth over fewer samples")
        case _:
            pass


def _filterbank(stage: FilterbankStage, width: int) -> Iterator[Fault]:
    shape = stage.b.shape
    if len(shape) != 2 or not (1 <= shape[0] <= MAX_BANDS and 1 <= shape[1] <= MAX_SECTIONS):
        yield f"{shape} is not 1..{MAX_BANDS} bands, 1..{MAX_SECTIONS} sections", "split it"
        return
    if stage.a1.shape != shape or stage.a2.shape != shape:
        yield "b, a1 and a2 need one element a band and section", "match them"
        return
    yield from _within("shift", stage.shift, 1, 30, "rescale")
    yield from _within("fraction", stage.fraction, 0, 24, "rescale")
    yield from _within("drop", stage.drop, 0, 24, "rescale")
    if max(_most(c) for c in (stage.b, stage.a1, stage.a2)) > LIMIT:
        yield "a coefficient exceeds 32 bits", "use a smaller shift"
    if not filters.is_stable(stage):
        yield "a filter has a pole on or beyond the unit circle", "design it again"
    elif not filters.settles(stage):
        yield (
            f"a filter rings for more than {filters.LONGEST} samples",
            "widen the band, or sample more slowly",
        )
    if shape[0] * width > MAX_NEURONS:
        yield f"it makes {shape[0]} bands of {width} channels", f"at most {MAX_NEURONS} values"


def _within(name: str, value: int, low: int, high: int, hint: str) -> Iterator[Fault]:
    if not low <= value <= high:
        yield f"{name} {value} is not in {low}..{high}", hint


def _most(x: IntArray) -> int:
    return int(np.abs(x).max(initial=0))
