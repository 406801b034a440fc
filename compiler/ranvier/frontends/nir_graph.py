# SPDX-License-Identifier: Apache-2.0
"""Opens a NIR file without trusting it: guards, nested graphs, names, and the order of a step."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import nir
import numpy as np

from ranvier.check import is_identifier
from ranvier.errors import RanvierError
from ranvier.model import INPUT

_LARGEST_FILE = 2**28  # bytes of arrays, unpacked
_MOST_NODES = 10_000
_DEEPEST = 32  # graphs within graphs


@dataclass(frozen=True, slots=True)
class Graph:
    """A flat graph: no graph within it; Input and Output nodes by key."""

    nodes: dict[str, Any]
    edges: tuple[tuple[str, str], ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    metadata: dict[str, Any]


def open_graph(path: Path, untyped: bool = False) -> Graph:
    """Read a NIR file and flatten it.

    Parameters
    ----------
    untyped
        Take a file whose shapes nir refuses; they are checked again as the graph is read.

    Raises
    ------
    RanvierError
        M001 where nir refuses the file, or it would fill the memory or open other files; M004 for
        edges that lead nowhere.
    """
    graph = _read(path, untyped)
    nodes: dict[str, Any] = {}
    edges: list[tuple[str, str]] = []
    inputs, outputs = _inline(graph, "", nodes, edges, str(path))
    metadata = graph.metadata if isinstance(graph.metadata, dict) else {}
    for a, b in edges:
        for key in (a, b):
            if key not in nodes:
                raise RanvierError(
                    "M004", f"the edge {a} -> {b} leads to {key}, which does not exist",
                    loc=str(path), hint="repair the graph's edges",
                )  # fmt: skip
    return Graph(nodes, tuple(sorted(set(edges))), tuple(inputs), tuple(outputs), metadata)


def _read(path: Path, untyped: bool) -> Any:
    try:
        _guard(path)
        graph = nir.read(path, type_check=False)
        # nir 1.0.8 takes weight.shape[1] for a convolution's channels, whatever its groups.
        if not untyped and not _has_groups(graph):
            graph = nir.read(path)
    except RanvierError:
        raise
    # nir and h5py raise whatever a foreign or damaged file makes them trip over.
    except Exception as e:
        shapes = "Type inference error" in str(e)
        raise RanvierError(
            "M001",
            f"nir {nir.version} refuses the file: {str(e) or type(e).__name__}",
            loc=str(path),
            hint="Rockpool's files have such shapes: if it wrote this one, say --dialect rockpool"
            if shapes
            else "export it again with nir 1.0.8, or repair the graph; "
            "`python -c \"import nir; nir.read('FILE')\"` shows the same refusal",
        ) from e
    if not isinstance(graph, nir.NIRGraph):
        raise RanvierError(
            "M001", "the file holds a single node, not a graph", loc=str(path), hint="wrap it"
        )
    return graph


def _has_groups(graph: Any) -> bool:
    nodes = graph.nodes.values() if isinstance(graph, nir.NIRGraph) else ()
    return any(
        isinstance(n, (nir.Conv1d, nir.Conv2d)) and np.any(np.asarray(n.groups) != 1)
        if not isinstance(n, nir.NIRGraph)
        else _has_groups(n)
        for n in nodes
    )


def _guard(path: Path) -> None:
    """Refuse a file that would make the reader open other files or fill the memory."""
    total = items = 0

    def refuse(what: str, hint: str) -> RanvierError:
        return RanvierError("M001", what, loc=str(path), hint=hint)

    def visit(group: Any, depth: int) -> None:
        nonlocal total, items
        if depth > 4 * _DEEPEST:
            raise refuse(f"its groups nest deeper than {4 * _DEEPEST}", "is this a model file?")
        for key in group:
            items += 1
            if items > 20 * _MOST_NODES:
                raise refuse(f"it holds more than {20 * _MOST_NODES} items", "is this a model?")
            if isinstance(group.get(key, getlink=True), h5py.ExternalLink):
                raise refuse(f"{key} links to another file", "export it whole")
            item = group[key]
            if isinstance(item, h5py.Group):
                visit(item, depth + 1)
            elif isinstance(item, h5py.Dataset):
                if item.external or item.is_virtual:
                    raise refuse(f"{key} is stored in another file", "export it whole")
                total += int(item.nbytes)
                if total > _LARGEST_FILE:
                    raise refuse(
                        f"its arrays unpack to more than {_LARGEST_FILE} bytes",
                        "is this a model file?",
                    )

    with h5py.File(path, "r") as file:
        visit(file, 0)


def _inline(
    graph: Any, prefix: str, nodes: dict[str, Any], edges: list[tuple[str, str]], where: str
) -> tuple[list[str], list[str]]:
    """Add a graph's nodes under `prefix`; return the keys of its Input and Output nodes."""
    if prefix.count(".") > _DEEPEST or len(nodes) + len(graph.nodes) > _MOST_NODES:
        raise RanvierError(
            "M001", f"more than {_MOST_NODES} nodes, or graphs nested deeper than {_DEEPEST}",
            loc=where, hint="is this a model file?",
        )  # fmt: skip
    ends: dict[str, tuple[list[str], list[str]]] = {}
    for key, node in sorted(graph.nodes.items()):
        name = f"{prefix}{key}"
        if isinstance(node, nir.NIRGraph):
            ends[key] = _inline(node, f"{name}.", nodes, edges, where)
        else:
            nodes[name] = node
            ends[key] = ([name], [name])
    for a, b in graph.edges:
        starts = ends.get(a, ([], [f"{prefix}{a}"]))[1]
        stops = ends.get(b, ([f"{prefix}{b}"], []))[0]
        for known, many, key in ((a in ends, starts, a), (b in ends, stops, b)):
            if known and len(many) != 1:
                raise RanvierError(
                    "M004", f"the edge {a} -> {b} meets a graph with {len(many)} ends",
                    loc=f"{where}:{prefix}{key}", hint="a graph within a graph has one Input and "
                    "one Output",
                )  # fmt: skip
        edges.append((starts[0], stops[0]))
    return (
        sorted(f"{prefix}{k}" for k, n in graph.nodes.items() if isinstance(n, nir.Input)),
        sorted(f"{prefix}{k}" for k, n in graph.nodes.items() if isinstance(n, nir.Output)),
    )


def identifiers(graph: Graph) -> dict[str, str]:
    """Return a unique C identifier for each node, close to its name in the file."""
    names: dict[str, str] = {}
    taken = {INPUT}
    for key in sorted(graph.nodes):
        base = re.sub(r"[^a-z0-9_]", "_", key.lower())[:24]
        if not is_identifier(base):
            base = f"n_{base}"
        name, k = base, 2
        while name in taken:
            name, k = f"{base}_{k}", k + 1
        names[key] = name
        taken.add(name)
    return names


@dataclass(frozen=True, slots=True)
class Order:
    """The order of a step.

    Attributes
    ----------
    keys
        Every node, so that an edge that is not `late` points forward.
    late
        Edges that close a loop: they take a step.
    """

    keys: tuple[str, ...]
    late: frozenset[tuple[str, str]]


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
    """
    after: dict[str, list[str]] = {key: [] for key in graph.nodes}
    for a, b in graph.edges:
        if a not in delays:
            after[a].append(b)
    late: set[tuple[str, str]] = set()
    state: dict[str, int] = {}  # 1: being walked, 2: done
    finished: list[str] = []
    for start in (*graph.inputs, *sorted(graph.nodes)):
        if start in state:
            continue
        stack = [(start, iter(after[start]))]
        state[start] = 1
        while stack:
            key, rest = stack[-1]
            nxt = next(rest, None)
            if nxt is None:
                stack.pop()
                state[key] = 2
                finished.append(key)
            elif state.get(nxt) == 1:
                _check_loop([k for k, _ in stack], nxt, remembers)
                late.add((key, nxt))
            elif nxt not in state:
                state[nxt] = 1
                stack.append((nxt, iter(after[nxt])))
    rank = {key: k for k, key in enumerate(reversed(finished))}
    before: dict[str, set[str]] = {key: set() for key in graph.nodes}
    for a, b in graph.edges:
        if (a, b) not in late and a not in delays:
            before[b].add(a)
    keys: list[str] = []
    ready = sorted((k for k, s in before.items() if not s), key=lambda k: rank[k])
    left = {k: len(s) for k, s in before.items()}
    while ready:
        key = ready.pop(0)
        keys.append(key)
        for b in dict.fromkeys(after[key]):
            if (key, b) not in late:
                left[b] -= 1
                if left[b] == 0:
                    ready.append(b)
        ready.sort(key=lambda k: rank[k])
    return Order(tuple(keys), frozenset(late))


def _check_loop(stack: list[str], first: str, remembers: frozenset[str]) -> None:
    loop = stack[stack.index(first) :]
    if not any(key in remembers for key in loop):
        raise RanvierError(
            "M004",
            f"a loop without neurons runs through {', '.join(loop[:8])}",
            hint="put a layer of neurons, or a Delay, into the loop",
        )
