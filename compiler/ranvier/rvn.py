# SPDX-License-Identifier: Apache-2.0
"""The ``.rvn`` file: a network as deterministic bytes, readable without Ranvier.

An uncompressed ZIP archive with fixed timestamps. ``network.json`` holds every field by name,
objects with their class under ``"type"``; an array stands there as ``{"array": "name"}`` and its
values in the member ``name.npy`` (NumPy format 1.0, little-endian). docs/rvn-format.md has more.
"""

import hashlib
import io
import json
import math
import struct
import tokenize
import types
import typing
import zipfile
import zlib
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranvier import ir
from ranvier.check import check
from ranvier.errors import RanvierError

_JSON = "network.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first date ZIP can hold
# What zipfile, json, NumPy's reader and the field checks raise on bytes that are not theirs.
MALFORMED = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)
_INT_TYPES = (np.int8, np.int16, np.int32, np.int64)


def to_bytes(network: ir.Network) -> bytes:
    """Return the ``.rvn`` file of `network`; the same network gives the same bytes."""
    arrays: dict[str, NDArray[Any]] = {}
    document = {
        "ranvier": "network",
        "schema": ir.SCHEMA_VERSION,
        "network": _plain(network, "", arrays),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        _member(archive, _JSON, json.dumps(document, indent=1).encode() + b"\n")
        for name in sorted(arrays):
            data = io.BytesIO()
            np.lib.format.write_array(data, arrays[name], version=(1, 0))
            _member(archive, f"{name}.npy", data.getvalue())
    return buffer.getvalue()


def signature(network: ir.Network) -> bytes:
    """Return the network's identity: SHA-256 of its ``.rvn`` bytes, 32 bytes."""
    return hashlib.sha256(to_bytes(network)).digest()


def from_bytes(data: bytes, loc: str) -> ir.Network:
    """Read a ``.rvn`` file, trusting nothing in it.

    Raises
    ------
    RanvierError
        N002 where the bytes are not a readable ``.rvn`` file, N003 for another schema version,
        N001 where the network in it is not valid.
    """
    try:
        document, arrays = _open(data)
        if not isinstance(document, dict) or document.get("ranvier") != "network":
            raise ValueError("network.json does not say that it is a Ranvier network")
        version = document.get("schema")
        if version != ir.SCHEMA_VERSION:
            raise RanvierError(
                "N003",
                f"schema version {version!r}; this Ranvier reads version {ir.SCHEMA_VERSION}",
                loc=loc,
                hint="quantise the model again with this version",
            )
        network = _build(ir.Network, document["network"], arrays)
    except MALFORMED as e:
        raise RanvierError(
            "N002",
            f"not a readable .rvn file: {e or type(e).__name__}",
            loc=loc,
            hint="write it again with `ranvier quantize`",
        ) from e
    return check(network)


def _member(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.external_attr = 0o644 << 16
    info.create_system = 3  # the same bytes on every system
    archive.writestr(info, data)


def _plain(value: Any, path: str, arrays: dict[str, NDArray[Any]]) -> Any:
    """Return `value` as JSON, moving its arrays to `arrays` under their path."""
    if is_dataclass(value):
        # A population or stage keeps its place in the list, so paths are unique.
        inner = {
            f.name: _plain(getattr(value, f.name), f"{path}.{f.name}" if path else f.name, arrays)
            for f in fields(value)
        }
        return {"type": type(value).__name__, **inner}
    if isinstance(value, np.ndarray):
        arrays[path] = _narrow(value)
        return {"array": path}
    if isinstance(value, tuple):
        return [_plain(v, f"{path}.{k}", arrays) for k, v in enumerate(value)]
    return value


def _narrow(x: NDArray[Any]) -> NDArray[Any]:
    """Return x little-endian, C order, integers in the shortest word that holds them."""
    if x.dtype.kind == "f":
        return np.ascontiguousarray(x, "<f8")
    for dtype in _INT_TYPES:
        limits = np.iinfo(dtype)
        if x.size == 0 or (x.min() >= limits.min and x.max() <= limits.max):
            return np.ascontiguousarray(x, np.dtype(dtype).newbyteorder("<"))
    raise ValueError("integer beyond 64 bits")


def _open(data: bytes) -> tuple[Any, dict[str, NDArray[Any]]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        # Stored members cannot be larger than the file itself: no decompression bomb.
        if any(m.compress_type != zipfile.ZIP_STORED for m in members):
            raise ValueError("a member is compressed; .rvn members are stored")
        if len({m.filename for m in members}) != len(members):
            raise ValueError("a member appears twice")
        document = json.loads(archive.read(_JSON))
        arrays = {
            m.filename.removesuffix(".npy"): _array(archive.read(m))
            for m in members
            if m.filename.endswith(".npy")
        }
    return document, arrays


def _array(data: bytes) -> NDArray[Any]:
    x = np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
    if x.dtype.kind == "i":
        return x.astype(np.int64)
    if x.dtype.kind == "f" and np.isfinite(x).all():
        return x.astype(np.float64)
    raise ValueError(f"an array of type {x.dtype}, or not finite")


def _build(expected: Any, value: Any, arrays: dict[str, NDArray[Any]]) -> Any:
    """Return `value` as the type that a field declares; ValueError where it is another."""
    origin = typing.get_origin(expected)
    if origin in (typing.Union, types.UnionType):
        options = typing.get_args(expected)
        if value is None and type(None) in options:
            return None
        wanted = value.get("type") if isinstance(value, dict) else None
        choice = [o for o in options if o is not type(None)]
        if len(choice) > 1:
            choice = [o for o in choice if o.__name__ == wanted]
        if len(choice) != 1:
            raise ValueError(f"unknown type {wanted!r}")
        return _build(choice[0], value, arrays)
    if origin is typing.Literal:
        if value not in typing.get_args(expected) or isinstance(value, bool):
            raise ValueError(f"{value!r} is not one of {typing.get_args(expected)}")
        return value
    if origin is tuple:
        return _tuple(typing.get_args(expected), value, arrays)
    if origin is np.ndarray:
        return _lookup(expected, value, arrays)
    if is_dataclass(expected):
        return _object(expected, value, arrays)
    if expected is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is int and not -(2**63) <= value < 2**63:
        raise ValueError(f"{value} needs more than 64 bits")
    if type(value) is not expected or (expected is float and not math.isfinite(value)):
        raise ValueError(f"{value!r} is not a {expected.__name__}")
    return value


def _tuple(items: tuple[Any, ...], value: Any, arrays: dict[str, NDArray[Any]]) -> Any:
    if not isinstance(value, list):
        raise ValueError(f"{value!r} is not a list")
    if items[-1] is Ellipsis:
        return tuple(_build(items[0], v, arrays) for v in value)
    return tuple(_build(i, v, arrays) for i, v in zip(items, value, strict=True))


def _lookup(expected: Any, value: Any, arrays: dict[str, NDArray[Any]]) -> NDArray[Any]:
    x = arrays[value["array"]]
    wanted = typing.get_args(typing.get_args(expected)[1])[0]
    if x.dtype != wanted:
        raise ValueError(f"array {value['array']!r} holds {x.dtype}, not {np.dtype(wanted)}")
    return x


def _object(expected: Any, value: Any, arrays: dict[str, NDArray[Any]]) -> Any:
    if not isinstance(value, dict) or value.get("type") != expected.__name__:
        raise ValueError(f"expected an object of type {expected.__name__}")
    hints = typing.get_type_hints(expected)
    known = {f.name for f in fields(expected)}
    if set(value) - {"type"} != known:
        odd = sorted(known ^ (set(value) - {"type"}))
        raise ValueError(f"{expected.__name__}: missing or unknown fields {odd}")
    return expected(**{name: _build(hints[name], value[name], arrays) for name in known})
