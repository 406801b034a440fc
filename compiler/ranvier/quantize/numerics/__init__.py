# SPDX-License-Identifier: Apache-2.0
"""Whose arithmetic a network is quantised for: one file a chip, the rules in docs/numerics.md."""

from ranvier.errors import RanvierError
from ranvier.quantize.numerics.loihi import LOIHI, NETX
from ranvier.quantize.numerics.native import NATIVE
from ranvier.quantize.numerics.numerics import Arithmetic, Numerics
from ranvier.quantize.numerics.spinnaker import SPINNAKER
from ranvier.quantize.numerics.xylo import XYLO

__all__ = ["NUMERICS", "Arithmetic", "Numerics", "numerics"]
NUMERICS = {n.name: n for n in (NATIVE, LOIHI, NETX, SPINNAKER, XYLO)}


def numerics(name: str) -> Numerics:
    """Return the numerics called `name`; Q010 where there are none."""
    if name not in NUMERICS:
        raise RanvierError(
            "Q010",
            f"unknown numerics {name!r}",
            loc="--numerics",
            hint=f"there are {', '.join(NUMERICS)}",
        )
    return NUMERICS[name]
