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
    for _ in range(len(found) + 1):
        changed = False
        for q in network.projections:
            least = found[q.source] + 1 - q.delay
            if least > found[q.target]:
                found[q.target] = least
                changed = True
        if not changed:
            return found
    raise RanvierError(
        "K004", "a loop takes fewer steps in the network than hops on the chip, where each hop"
        f" takes one: it passes {_in_loop(network, found)}",
        loc=network.name, hint="train with a step of delay on every edge of the loop",
    )  # fmt: skip


def extra(network: Network, found: dict[str, int], index: int) -> int:
    """Return the delay that the synapses of a projection add to their hop's step."""
    q = network.projections[index]
    return found[q.target] - found[q.source] + q.delay - 1


def _in_loop(network: Network, found: dict[str, int]) -> str:
    late = [q for q in network.projections if found[q.source] + 1 - q.delay > found[q.target]]
    return f"{late[0].source} -> {late[0].target}"
