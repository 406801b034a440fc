# SPDX-License-Identifier: Apache-2.0
"""When each population runs on a chip on which every hop takes a step.

A spike of the golden model's step t that a projection delays by d reaches a population that is
`lag` steps behind in step t + d + lag of the chip. It left in step t + lag of its source, so

    lag(target) = lag(source) + 1 + extra - d,  extra >= 0

where `extra` is a delay of the synapse's own. The smallest lags are the longest paths from the
input; they exist where no loop has more hops than steps of delay.
"""

from ranvier.errors import RanvierError
from ranvier.ir import INPUT, Network


def lags(network: Network) -> dict[str, int]:
    """Return the least lag of every population, and 0 for the input.

    Raises
    ------
    RanvierError
        K004 for a loop that has more hops than steps of delay.
    """
    found = {INPUT: 0, **{p.name: 1 for p in network.populations}}
    before: dict[str, str] = {}  # whose lag each one's follows from
    for _ in range(len(found)):
        late = [q for q in network.projections if found[q.source] + 1 - q.delay > found[q.target]]
        if not late:
            return found
        for q in late:
            found[q.target] = max(found[q.target], found[q.source] + 1 - q.delay)
            before[q.target] = q.source
    raise RanvierError(
        "K004", f"the loop {' -> '.join(_loop(before, late[0].target))} takes fewer steps in the"
        " network than it has hops, of which each takes a step on the chip",
        loc=network.name, hint="train with a step of delay on every edge of the loop",
    )  # fmt: skip


def extra(network: Network, found: dict[str, int], index: int) -> int:
    """Return the delay that the synapses of a projection add to their hop's step."""
    q = network.projections[index]
    return found[q.target] - found[q.source] + q.delay - 1


def _loop(before: dict[str, str], last: str) -> list[str]:
    """Return a loop in its order, from where it begins to there again."""
    for _ in before:  # far enough back to be in it
        last = before[last]
    found = [last, before[last]]
    while found[-1] != last:
        found.append(before[found[-1]])
    return found[::-1]
