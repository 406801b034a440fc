# SPDX-License-Identifier: Apache-2.0
"""The clock of a core, and whether a step ends in time."""

from fractions import Fraction
from typing import Any

from ranvier.errors import RanvierError
from ranvier.targets.fpga.part import Clock, Part
from ranvier.targets.quantities import bad, hertz, mega, seconds, shown


def clock(said: str | None, where: Part) -> Clock | None:
    """Return the clock that was asked for, or the part's usual one.

    Raises
    ------
    RanvierError
        C030 where the part has no such clock.
    """
    if said is None:
        return where.clocks[0] if where.clocks else None
    asked = hertz("--clock", said)
    if not where.clocks:
        return Clock(hz=int(asked), source="--clock")
    found = {c.hz: c for c in where.clocks}
    if asked not in found:
        known = ", ".join(f"{hz / 1e6:g}MHz" for hz in sorted(found))
        raise bad("--clock", f"{where.name} has no clock of {mega(asked)} MHz", f"one of {known}")
    return found[int(asked)]


def deadline(said: str | None, asked: str | None, where: Part) -> Fraction | None:
    """Return the time that a step may take, in seconds; C030 where no clock says how long it is."""
    if said is None:
        return None
    if asked is None and not where.clocks:
        raise bad("--clock", "a deadline needs the core's clock", "such as --clock 24MHz")
    return seconds("--deadline", said)


def check(
    cycles: int, clock: Clock | None, deadline: Fraction | None, where: Part
) -> dict[str, Any]:
    """Return how long a step takes at most, and that this is in time.

    Raises
    ------
    RanvierError
        C031 where it is not.
    """
    if clock is None:
        return {}
    slowest = Fraction(clock.hz) * (1 - Fraction(str(clock.tolerance)))
    takes = cycles / slowest
    found: dict[str, Any] = {"clock_hz": clock.hz, "seconds_per_step_at_most": float(takes)}
    if deadline is None:
        return found
    if takes > deadline:
        raise RanvierError(
            "C031",
            f"a step of at most {cycles} cycles takes up to {shown(takes)} on {where.name} at"
            f" {mega(Fraction(clock.hz))} MHz ({clock.source}); the deadline is {shown(deadline)}",
            loc="--deadline",
            hint=f"a clock of {mega(cycles / deadline, up=True)} MHz, more --lanes, or a smaller"
            " network",
        )
    met = {"met": True, "seconds": float(deadline), "seconds_at_most": float(takes)}
    return {**found, "deadline": met | {"conditions": CONDITIONS}}


CONDITIONS = "events are there when they are read, and the host takes what comes at once"
