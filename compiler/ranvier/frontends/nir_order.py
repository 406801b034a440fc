# SPDX-License-Identifier: Apache-2.0
"""The order in which a step of a NIR graph runs, and which edges of its loops take a step."""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ranvier.errors import RanvierError
from ranvier.frontends.nir_graph import Graph

Edges = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Order:
    """The order of a step.

    Attributes
    ----------
    keys
        Every node, so that an edge that is not `late` points forward.
    late
        Edges that take a step: one of each loop, and all that leave a node of `early`.
    early
        Delay nodes in loops: they wait a step less, since the edges that leave them take it.
    """

    keys: tuple[str, ...]
    late: frozenset[tuple[str, str]]
    early: frozenset[str]


def order(graph: Graph, remembers: frozenset[str], delays: frozenset[str]) -> Order:
    """Return the order in which a step runs: from the inputs on, ties by name.

    A loop is closed by the edge that leads back to a layer that a walk from the inputs met before;
    that edge takes a step. A Delay node of a step or more breaks its loops by itself.

    Parameters
    ----------
    remembers
        Layers of neurons.
    delays
        Delay nodes that delay everything by a step or more.

    Raises
    ------
    RanvierError
        M004 for a loop without neurons and delays.
    """
    after: dict[str, list[str]] = {key: [] for key in graph.nodes}
    for a, b in graph.edges:
        after[a].append(b)
    starts = (*graph.inputs, *sorted(graph.nodes))
    early = delays & set(_in_loops(starts, after))
    late = {(a, b) for a, b in graph.edges if a in early}
    rank: dict[str, int] = {}
    for path, nxt in _walk(starts, after, early):
        if nxt is None:
            rank[path[-1]] = -len(rank)
        else:
            _check_loop(path[path.index(nxt) :], remembers)
            late.add((path[-1], nxt))
    left = dict.fromkeys(graph.nodes, 0)
    for a, b in graph.edges:
        left[b] += (a, b) not in late
    ready = [(rank[k], k) for k, n in left.items() if not n]
    heapq.heapify(ready)
    keys: list[str] = []
    while ready:
        _, key = heapq.heappop(ready)
        keys.append(key)
        for b in after[key]:
            if (key, b) not in late:
                left[b] -= 1
                if not left[b]:
                    heapq.heappush(ready, (rank[b], b))
    return Order(tuple(keys), frozenset(late), early)


def _walk(
    starts: Sequence[str], after: Edges, blocked: frozenset[str]
) -> Iterator[tuple[list[str], str | None]]:
    """Walk depth first; yield (path, node) where an edge leads back to a node of the path.

    (path, None) is yielded where its last node is done. Nothing is followed out of the `blocked`.
    The path is the same list throughout.
    """
    state: dict[str, bool] = {}  # whether a node met is still on the path
    path: list[str] = []
    for start in starts:
        if start in state:
            continue
        state[start] = True
        path.append(start)
        rest = [iter(() if start in blocked else after[start])]
        while rest:
            nxt = next(rest[-1], None)
            if nxt is None:
                yield path, None
                state[path.pop()] = False
                rest.pop()
            elif state.get(nxt):
                yield path, nxt
            elif nxt not in state:
                state[nxt] = True
                path.append(nxt)
                rest.append(iter(() if nxt in blocked else after[nxt]))


def _in_loops(starts: Sequence[str], after: Edges) -> Iterator[str]:
    """Yield the nodes that a path leads back to: strongly connected components (Kosaraju)."""
    before: dict[str, list[str]] = {key: [] for key in after}
    for a, targets in after.items():
        for b in targets:
            before[b].append(a)
    done = [path[-1] for path, nxt in _walk(starts, after, frozenset()) if nxt is None]
    seen: set[str] = set()
    for root in reversed(done):
        if root in seen:
            continue
        seen.add(root)
        component, todo = [root], [root]
        while todo:
            for a in before[todo.pop()]:
                if a not in seen:
                    seen.add(a)
                    component.append(a)
                    todo.append(a)
        if len(component) > 1 or root in after[root]:
            yield from component


def _check_loop(loop: list[str], remembers: frozenset[str]) -> None:
    if not any(key in remembers for key in loop):
        raise RanvierError(
            "M004",
            f"a loop without neurons runs through {', '.join(loop[:8])}",
            hint="put a layer of neurons, or a Delay, into the loop",
        )
