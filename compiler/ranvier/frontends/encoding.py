# SPDX-License-Identifier: Apache-2.0
"""Reads the input encoding a model file carries, or a user's TOML file."""

import json
import math
import tomllib
from pathlib import Path
from typing import Any

import numpy as np

from ranvier import filters
from ranvier.check_encoding import MAX_BANDS, MAX_SECTIONS
from ranvier.errors import RanvierError
from ranvier.model import EncodeStage, FloatArray, ModelEncoding, StageKind

_RAW = ("uint8", "int8", "uint16", "int16", "int32")
_KEYS: dict[StageKind, set[str]] = {
    "affine": {"offset", "scale"},
    "rectify": set(),
    "clip": {"low", "high"},
    "count": {"window"},
    "decimate": {"window"},
    "delta": set(),
    "level": {"delta", "max_events"},
    "threshold": {"threshold", "falling", "refractory"},
    "filterbank": {"rate", "bands", "order"},
    "square": set(),
    "smooth": {"shift"},
}


def read_encoding(path: Path, channels: int) -> ModelEncoding:
    """Read an encoding from a TOML file: ``raw = "int16"`` and ``[[stages]]`` tables.

    Raises
    ------
    RanvierError
        M009 where the file is not one.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as e:
        raise _error(str(path), f"cannot read the encoding: {e}") from e
    return parse_encoding(document, channels, str(path))


def parse_json(text: str, channels: int, loc: str) -> ModelEncoding:
    """Read an encoding from JSON text, as a model's metadata carries it."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as e:
        raise _error(loc, f"the encoding is not JSON: {e}") from e
    return parse_encoding(document, channels, loc)


def parse_encoding(document: Any, channels: int, loc: str) -> ModelEncoding:
    """Check and return an encoding given as plain data."""
    if not isinstance(document, dict) or set(document) != {"raw", "stages"}:
        raise _error(loc, "an encoding has exactly `raw` and `stages`")
    if document["raw"] not in _RAW:
        raise _error(loc, f"raw type {document['raw']!r} is not one of {', '.join(_RAW)}")
    if not isinstance(document["stages"], list):
        raise _error(loc, "stages is not a list")
    spread = spread_of(document["stages"])
    if channels % spread:
        raise _error(loc, f"{channels} inputs of the network, but a channel makes {spread} of them")
    width = channels // spread
    stages: list[EncodeStage] = []
    for k, item in enumerate(document["stages"]):
        stages.append(_stage(item, width, f"{loc}:stages[{k}]"))
        width *= stages[-1].spread
    if sum(s.kind in ("count", "decimate") for s in stages) > 1:
        raise _error(loc, "more than one count or decimate stage")
    return ModelEncoding(raw=document["raw"], stages=tuple(stages))


def check_rate(encoding: ModelEncoding, dt: float, loc: str) -> ModelEncoding:
    """Return `encoding` if its filters were designed for the samples of steps of `dt` seconds.

    Raises
    ------
    RanvierError
        M009 where a filterbank's rate is another, by more than a hundredth.
    """
    rate = encoding.window / dt
    for k, stage in enumerate(encoding.stages):
        if stage.kind == "filterbank" and not math.isclose(stage.rate, rate, rel_tol=0.01):
            raise _error(
                f"{loc}:stages[{k}]",
                f"the filters are for {stage.rate:g} samples a second; steps of {dt:g} s with "
                f"{encoding.window} samples each make {rate:g}",
            )
    return encoding


def spread_of(stages: list[Any]) -> int:
    """Return how many inputs of the network stages that nobody checked yet make of a channel."""
    spread = 1
    for item in stages:
        kind = item.get("kind") if isinstance(item, dict) else None
        bands = item.get("bands") if kind == "filterbank" else None
        spread *= max(1, len(bands)) if isinstance(bands, list) else 1
        spread *= 2 if kind == "level" else 1
    return spread


def _stage(document: Any, width: int, loc: str) -> EncodeStage:
    kind: StageKind | None = document.get("kind") if isinstance(document, dict) else None
    if kind not in _KEYS:
        raise _error(loc, f"stage kind {kind!r} is not one of {', '.join(_KEYS)}")
    if set(document) - {"kind"} != _KEYS[kind]:
        raise _error(loc, f"a {kind} stage has {sorted(_KEYS[kind]) or 'no parameters'}")
    match kind:
        case "affine":
            scale = _vector(document["scale"], width, loc)
            if not scale.all():
                raise _error(loc, "a scale of 0 silences its channel")
            offset = _vector(document["offset"], width, loc)
            return EncodeStage(kind=kind, offset=offset, scale=scale)
        case "clip":
            low, high = _vector([document["low"], document["high"]], 2, loc)
            if low >= high:
                raise _error(loc, f"clip limits {low} >= {high}")
            return EncodeStage(kind=kind, low=float(low), high=float(high))
        case "count" | "decimate":
            return EncodeStage(kind=kind, window=_whole(document, "window", 1, 65535, loc))
        case "level":
            delta = _vector(document["delta"], width, loc)
            if (delta <= 0).any():
                raise _error(loc, "a delta is not positive")
            most = _whole(document, "max_events", 1, 32767, loc)
            return EncodeStage(kind=kind, delta=delta, max_events=most)
        case "threshold":
            if type(document["falling"]) is not bool:
                raise _error(loc, "falling is neither true nor false")
            return EncodeStage(
                kind=kind,
                threshold=_vector(document["threshold"], width, loc),
                falling=document["falling"],
                refractory=_whole(document, "refractory", 0, 65535, loc),
            )
        case "filterbank":
            return _filterbank(document, loc)
        case "smooth":
            return EncodeStage(kind=kind, shift=_whole(document, "shift", 0, 15, loc))
        case _:
            return EncodeStage(kind=kind)


def _filterbank(document: dict[str, Any], loc: str) -> EncodeStage:
    rate = float(_vector([document["rate"]], 1, loc)[0])
    given = document["bands"]
    if not isinstance(given, list) or not 1 <= len(given) <= MAX_BANDS:
        raise _error(loc, f"bands is not a list of 1 to {MAX_BANDS} pairs of edges in Hz")
    bands = []
    for pair in given:
        low, high = _vector(pair if isinstance(pair, list) else [], 2, loc)
        if not 0 < low < high < rate / 2:
            raise _error(
                loc, f"band {low:g}..{high:g} Hz is not within 0 < low < high < {rate / 2:g}"
            )
        bands.append((float(low), float(high)))
    order = _whole(document, "order", 1, MAX_SECTIONS, loc)
    stage = EncodeStage(kind="filterbank", rate=rate, bands=tuple(bands), order=order)
    made = filters.integers(rate, stage.bands, order, 0)
    if not filters.is_stable(made) or not filters.settles(made):
        raise _error(loc, f"a filter of these bands rings for more than {filters.LONGEST} samples")
    return stage


def _whole(document: dict[str, Any], key: str, low: int, high: int, loc: str) -> int:
    value = document[key]
    if type(value) is not int or not low <= value <= high:
        raise _error(loc, f"{key} {value!r:.40} is not in {low}..{high}")
    return value


def _vector(value: Any, channels: int, loc: str) -> FloatArray:
    """Return one finite number a channel; a single number serves all channels."""
    items = value if isinstance(value, list) else [value] * channels
    if len(items) != channels or not all(
        type(v) in (int, float) and math.isfinite(v) for v in items
    ):
        raise _error(loc, f"expected a finite number, or a list of {channels}, got {value!r:.80}")
    return np.array(items, np.float64)


def _error(loc: str, what: str) -> RanvierError:
    return RanvierError(
        "M009",
        what,
        loc=loc,
        hint="docs/encoding.md has every stage and what it takes",
    )
