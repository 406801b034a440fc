# SPDX-License-Identifier: Apache-2.0
"""Dialects: what each exporter means by the same NIR file, as explicit dynamics."""

from ranvier.errors import RanvierError
from ranvier.model import Dynamics

DIALECTS: dict[str, Dynamics] = {
    # NIR's own equations, forward Euler; a neuron resets in the step in which it fires.
    "nir": Dynamics(),
}
DEFAULT = "nir"


def dynamics(dialect: str) -> Dynamics:
    """Return the dynamics of `dialect`.

    Raises
    ------
    RanvierError
        M008 for a dialect that is not known.
    """
    if dialect not in DIALECTS:
        raise RanvierError(
            "M008",
            f"unknown dialect {dialect!r}",
            loc="--dialect",
            hint=f"known: {', '.join(sorted(DIALECTS))}",
        )
    return DIALECTS[dialect]
