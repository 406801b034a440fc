# SPDX-License-Identifier: Apache-2.0
"""Small pieces of C text."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

_CHUNK = 4096  # lines made at a time: a table of millions of weights is never a list of objects
_PER_LINE = {1: 20, 2: 14, 4: 8}
_TYPES = {
    "int8": "int8_t",
    "int16": "int16_t",
    "uint16": "uint16_t",
    "int32": "int32_t",
    "uint32": "uint32_t",
    "uint8": "uint8_t",
}


def table(name: str, values: NDArray[np.integer], comment: str = "", aligned: bool = False) -> str:
    """Return a constant array in the C type of `values`, in C order.

    `aligned` ones can be read by the word.
    """
    flat = values.ravel()
    width = _PER_LINE[flat.dtype.itemsize]
    lines = (
        ", ".join([literal(v) for v in chunk[k : k + width]])
        for chunk in (
            flat[i : i + _CHUNK * width].tolist() for i in range(0, flat.size, _CHUNK * width)
        )
        for k in range(0, len(chunk), width)
    )
    head = f"/* {comment} */\n" if comment else ""
    body = ",\n    ".join(lines)
    align = "_Alignas(4) " if aligned else ""
    return (
        f"{head}static {align}const {_TYPES[flat.dtype.name]} {name}[{flat.size}] = {{\n"
        f"    {body},\n}};\n"
    )


def literal(value: int) -> str:
    """Return a number of at most 32 bits as C."""
    # -2147483648 is two tokens in C, and the second does not fit an int.
    return str(value) if value != -(2**31) else "(-2147483647 - 1)"


def struct(ctype: str, name: str, fields: Iterable[tuple[str, str]]) -> str:
    """Return a constant struct with designated initialisers."""
    body = "\n".join(f"    .{field} = {value}," for field, value in fields)
    return f"static const {ctype} {name} = {{\n{body}\n}};\n"


def indented(lines: Iterable[str]) -> list[str]:
    """Return statements, each perhaps of several lines, indented once more."""
    return ["    " + line.replace("\n", "\n    ") for line in lines]


def call(function: str, *arguments: str) -> str:
    """Return one call statement, indented once, wrapped at 100 columns."""
    one_line = f"    {function}({', '.join(arguments)});"
    if len(one_line) <= 100:
        return one_line
    pad = " " * (len(function) + 5)
    lines = [f"    {function}("]
    for k, argument in enumerate(arguments):
        text = argument + (", " if k + 1 < len(arguments) else ");")
        if len(lines[-1]) + len(text) > 100 and lines[-1].strip():
            lines.append(pad)
        lines[-1] += text
    return "\n".join(line.rstrip() for line in lines)
