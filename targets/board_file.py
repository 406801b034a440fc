# SPDX-License-Identifier: Apache-2.0
"""TOML to a frozen dataclass: the class's fields are the file's, no more and no fewer."""

import tomllib
from collections.abc import Iterable
from dataclasses import MISSING, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from ranvier.errors import RanvierError

T = TypeVar("T")
# What else may stand where the name of a target does
OWN_BOARD = (
    "; `ranvier targets` describes them; or the path of a board file of your own, ending in .toml"
)
_HINT = "docs/boards.md describes the fields"


def parse(kind: type[T], text: str, loc: str) -> T:
    """Return the `kind` that a TOML file describes; fields with a default may be missing.

    Raises
    ------
    RanvierError
        B007 where it is no TOML, or where a field is unknown, missing or of another type.
    """
    return fill(kind, table(text, loc), loc)


def table(text: str, loc: str) -> dict[str, Any]:
    """Return what a TOML file holds; B007 where it is none."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as e:
        raise _wrong(f"not a TOML file: {e}", loc) from e


def fill(kind: type[T], table: dict[str, Any], loc: str) -> T:
    """Return the `kind` whose fields a table holds; B007 as of `parse`."""
    found: T = _table(kind, table, loc)
    return found


def unknown(what: str, name: str, known: Iterable[str], more: str = "") -> RanvierError:
    """Return B001 for a name that no target has."""
    return RanvierError(
        "B001", f"unknown {what} {name!r}", loc="--target", hint=f"known: {', '.join(known)}{more}"
    )


def _table(kind: Any, table: dict[str, Any], loc: str) -> Any:
    hints = get_type_hints(kind)
    for key in table:
        if key not in hints:
            raise _wrong(f"unknown field `{key}`; known: {', '.join(hints)}", loc)
    for field in fields(kind):
        if field.name not in table and field.default is MISSING:
            raise _wrong(f"the field `{field.name}` is missing", loc)
    return kind(**{k: _value(hints[k], v, f"{loc}:{k}") for k, v in table.items()})


def _value(kind: Any, value: Any, loc: str) -> Any:
    """Return `value` as a `kind`: a scalar, a literal, a table, a tuple of one kind, or None."""
    if get_origin(kind) is UnionType:
        kind = next(k for k in get_args(kind) if k is not NoneType)
    if get_origin(kind) is Literal:
        if value in get_args(kind):
            return value
        raise _wrong(f"{value!r} is none of {', '.join(get_args(kind))}", loc)
    if get_origin(kind) is tuple:
        item = get_args(kind)[0]
        if isinstance(value, list):
            return tuple(_value(item, v, f"{loc}[{k}]") for k, v in enumerate(value))
    elif is_dataclass(kind):
        if isinstance(value, dict):
            return _table(kind, value, loc)
    elif type(value) is kind:
        return value
    raise _wrong(f"{value!r} is not what this field takes", loc)


def _wrong(what: str, loc: str) -> RanvierError:
    return RanvierError("B007", what, loc=loc, hint=_HINT)
