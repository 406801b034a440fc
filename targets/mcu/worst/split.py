# SPDX-License-Identifier: Apache-2.0
"""Loops that are entered in several places, as compilers make by copying a test: entered in one.

The blocks of such a loop are copied: what enters it goes through the copy, up to the block where
all its passes meet, and from there on through the loop itself (node splitting; Aho, Lam, Sethi and
Ullman, Compilers, 9.7.6). The ways through the function remain the same.
"""

from collections.abc import Set

import numpy as np

from ranvier.targets.mcu.worst.blocks import Graph, Unbounded

COPIES_BELOW = 0  # a copy's address is negative
MOST_BLOCKS = 5000


def reducible(graph: Graph, name: str) -> Graph:
    """Return `graph` with every loop entered in one place.

    Raises
    ------
    Unbounded
        For a loop whose passes meet nowhere.
    """
    loop = _entered_twice(graph, set(graph.weight))
    while loop is not None:
        graph = _split(graph, loop, name)
        loop = _entered_twice(graph, set(graph.weight))
    return graph


def _entered_twice(graph: Graph, within: Set[int]) -> frozenset[int] | None:
    """Return an outermost loop among the blocks `within` that has several entries."""
    for loop in _loops(graph, within):
        entries = _entries(graph, loop)
        if len(entries) > 1:
            return loop
        found = _entered_twice(graph, loop - entries)
        if found is not None:
            return found
    return None


def _loops(graph: Graph, within: Set[int]) -> list[frozenset[int]]:
    """Return the sets of blocks that lead to each other."""
    from scipy.sparse import coo_matrix  # takes 0.2 s, and most commands need no bound
    from scipy.sparse.csgraph import connected_components

    places = sorted(within)
    index = {b: k for k, b in enumerate(places)}
    edges = [(index[b], index[t]) for b in places for t in graph.after[b] if t in index]
    if not edges:
        return []
    rows, cols = np.array(edges).T
    size = len(places)
    matrix = coo_matrix((np.ones(len(rows)), (rows, cols)), shape=(size, size))
    count, labels = connected_components(matrix, connection="strong")
    members: list[list[int]] = [[] for _ in range(count)]
    for b, label in zip(places, labels, strict=True):
        members[label].append(b)
    return [frozenset(m) for m in members if len(m) > 1 or m[0] in graph.after[m[0]]]


def _entries(graph: Graph, loop: frozenset[int]) -> frozenset[int]:
    reached = {t for b, ts in graph.after.items() if b not in loop for t in ts}
    return loop & (reached | {graph.entry})


def _split(graph: Graph, loop: frozenset[int], name: str) -> Graph:
    meeting = _meeting(graph, loop, name)
    lowest = min(COPIES_BELOW, *graph.weight)
    copy = {b: lowest - 1 - k for k, b in enumerate(sorted(loop - {meeting}))}
    if len(graph.weight) + len(copy) > MOST_BLOCKS:
        raise Unbounded(f"a loop with two entries in {name}, within others of its kind")
    after = {
        b: ts if b in loop else tuple(copy.get(t, t) for t in ts) for b, ts in graph.after.items()
    }
    after |= {c: tuple(copy.get(t, t) for t in graph.after[b]) for b, c in copy.items()}
    weight = {**graph.weight, **{c: graph.weight[b] for b, c in copy.items()}}
    return Graph(copy.get(graph.entry, graph.entry), weight, after)


def _meeting(graph: Graph, loop: frozenset[int], name: str) -> int:
    """Return the block that leaves the least of a loop, and nothing with several entries."""
    best: tuple[int, int] | None = None
    for b in sorted(loop):
        left = _loops(graph, loop - {b})
        if all(len(_entries(graph, x)) == 1 for x in left):
            found = (sum(map(len, left)), b)
            best = found if best is None else min(best, found)
    if best is None:
        raise Unbounded(f"a loop with two entries in {name}")
    return best[1]
