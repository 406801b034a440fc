# SPDX-License-Identifier: Apache-2.0
"""Times and clocks as a user writes them, and as an error says them."""

import re
from collections.abc import Mapping
from fractions import Fraction
from math import ceil

from ranvier.errors import RanvierError

_QUANTITY = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s?([A-Za-z]+)")
_TIMES = {"us": Fraction(1, 10**6), "ms": Fraction(1, 1000), "s": Fraction(1)}
_CLOCKS = {"Hz": 1, "kHz": 1000, "MHz": 10**6}


def seconds(option: str, text: str) -> Fraction:
    """Return a time such as ``1ms``; C030 for what is none."""
    return _read(option, text, _TIMES, "1ms")


def hertz(option: str, text: str) -> Fraction:
    """Return a clock such as ``64MHz``; C030 for what is none."""
    return _read(option, text, _CLOCKS, "64MHz")


def bad(option: str, what: str, hint: str) -> RanvierError:
    """Return the error for an option of a deadline."""
    return RanvierError("C030", what, loc=option, hint=hint)


def _read(option: str, text: str, units: Mapping[str, Fraction | int], example: str) -> Fraction:
    found = _QUANTITY.fullmatch(text.strip())
    if found is None or found[2] not in units or not Fraction(found[1]):
        raise bad(
            option, f"{text!r} is no number above 0 of {', '.join(units)}", f"such as {example}"
        )
    return Fraction(found[1]) * units[found[2]]


def shown(seconds: Fraction) -> str:
    """Return a time with a unit that suits it."""
    for name, unit in (("s", _TIMES["s"]), ("ms", _TIMES["ms"])):
        if seconds >= unit:
            return f"{float(seconds / unit):.4g} {name}"
    return f"{float(seconds / _TIMES['us']):.4g} us"


def mega(hertz: Fraction, up: bool = False) -> str:
    """Return a clock in MHz, or the next hundredth above it."""
    return f"{ceil(hertz / 10**4) / 100 if up else float(hertz / 10**6):g}"
