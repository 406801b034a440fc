# SPDX-License-Identifier: Apache-2.0
"""How many neurons are computed at a time: one core, or several in step where one is too slow."""

from collections.abc import Callable, Iterator

from ranvier.errors import RanvierError
from ranvier.targets.fpga.plan import Plan

LANES = (1, 2, 4, 8, 16)  # of a core
CORES = (2, 4)  # that walk through one layer table together, each with memories of its own
MOST = LANES[-1]


def cores(lanes: int) -> int:
    """Return how many cores so many lanes are."""
    return max(1, lanes // MOST)


def choose(
    said: int | None, usual: int, planned: Callable[[int], Plan], in_time: Callable[[Plan], object]
) -> Plan:
    """Return the plan of the fewest lanes that are in time.

    Parameters
    ----------
    said
        What the user asks of a core; None: `usual`, and more where that is too slow.
    planned
        Gives the plan for so many lanes; fails where the part doesn't hold it.
    in_time
        Fails with C031 where a plan's step is too slow.

    Raises
    ------
    RanvierError
        What `planned` says of the first; C031 where no more lanes help, or fit.
    """
    first = said or usual
    plan = planned(first)
    try:
        in_time(plan)
    except RanvierError as late:
        if late.code != "C031":
            raise
        for lanes in _more(said, usual):
            try:
                plan = planned(lanes)
                in_time(plan)
            except RanvierError:
                continue
            return plan
        raise
    return plan


def _more(said: int | None, usual: int) -> Iterator[int]:
    """Yield what may be faster: lanes where none were asked for, then cores."""
    own = (said,) if said else tuple(n for n in LANES if n >= usual)
    yield from own[1:]
    if own[-1] == MOST:
        yield from (n * MOST for n in CORES)
