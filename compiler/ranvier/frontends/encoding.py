# SPDX-License-Identifier: Apache-2.0
"""Reads the input encoding a model file carries, or a user's TOML file."""

import json
import math
import tomllib
from pathlib import Path
from typing import Any

import numpy as np

from ranvier.errors import RanvierError
from ranvier.model import EncodeStage, FloatArray, ModelEncoding

_RAW = ("uint8", "int8", "uint16", "int16", "int32")
_KEYS = {
    "affine": {"offset", "scale"},
    "rectify": set[str](),
    "clip": {"low", "high"},
    "count": {"window"},
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
    stages = tuple(
        _stage(s, channels, f"{loc}:stages[{k}]") for k, s in enumerate(document["stages"])
    )
    if sum(s.kind == "count" for s in stages) > 1:
        raise _error(loc, "more than one count stage")
    return ModelEncoding(raw=document["raw"], stages=stages)


def _stage(document: Any, channels: int, loc: str) -> EncodeStage:
    kind = document.get("kind") if isinstance(document, dict) else None
    if kind not in _KEYS:
        raise _error(loc, f"stage kind {kind!r} is not one of {', '.join(_KEYS)}")
    if set(document) - {"kind"} != _KEYS[kind]:
        raise _error(loc, f"a {kind} stage has {sorted(_KEYS[kind]) or 'no parameters'}")
    match kind:
        case "affine":
            scale = _vector(document["scale"], channels, loc)
            if not scale.all():
                raise _error(loc, "a scale of 0 silences its channel")
            return EncodeStage(
                kind="affine", offset=_vector(document["offset"], channels, loc), scale=scale
            )
        case "clip":
            low, high = _vector([document["low"], document["high"]], 2, loc)
            if low >= high:
                raise _error(loc, f"clip limits {low} >= {high}")
            return EncodeStage(kind="clip", low=float(low), high=float(high))
        case "count":
            window = document["window"]
            if type(window) is not int or not 1 <= window <= 65535:
                raise _error(loc, f"window {window!r} is not in 1..65535")
            return EncodeStage(kind="count", window=window)
        case _:
            return EncodeStage(kind="rectify")


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
        hint="see docs/encoding.md for the stages affine, rectify, clip and count",
    )
