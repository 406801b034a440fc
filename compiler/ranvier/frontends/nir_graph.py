# SPDX-License-Identifier: Apache-2.0
"""Opens a NIR file without trusting it: guards, nested graphs, and names."""

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import nir
import numpy as np

from ranvier.check import is_identifier
from ranvier.errors import RanvierError
from ranvier.frontends.hdf5 import Guard, check_heaps, in_a_child, read_all
from ranvier.model import INPUT

# What can be looked through in seconds.
_MOST_NODES = 2_000
_MOST_ITEMS = 8 * _MOST_NODES  # a CubaLIF has 8 parameters with its type
_MOST_EDGES = 100_000
_MOST_CHECKED = 1_000_000  # nodes times edges: what nir's own check takes grows with that
_LONGEST = 400  # characters of nir's own message, which may quote all of a graph
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
        if a in outputs or b in inputs:
            raise RanvierError(
                "M004", f"the edge {a} -> {b} {'leaves an Output' if a in outputs else ''}"
                f"{'enters an Input' if b in inputs else ''}", loc=str(path),
                hint="signals enter a graph at its Input and leave it at its Output",
            )  # fmt: skip
    return Graph(nodes, tuple(sorted(set(edges))), tuple(inputs), tuple(outputs), metadata)


@np.errstate(all="ignore")  # nir divides by strides, which may be 0
def _read(path: Path, untyped: bool) -> Any:
    graph: Any = None
    try:
        _guard(path)
        graph = nir.read(path, type_check=False)
        # nir 1.0.8 takes weight.shape[1] for a convolution's channels, whatever its groups. The
        # front end looks at every shape again, so that nothing goes unchecked without nir's look.
        if isinstance(graph, nir.NIRGraph) and not (
            untyped or _has_groups(graph) or len(graph.nodes) * len(graph.edges) > _MOST_CHECKED
        ):
            graph.infer_types()  # what nir.read does, without reading the file again
            graph.check_types()
    except RanvierError:
        raise
    # nir and h5py raise whatever a foreign or damaged file makes them trip over.
    except Exception as e:
        raise RanvierError(
            "M001",
            f"nir {nir.version} refuses the file: {(str(e) or type(e).__name__)[:_LONGEST]}",
            loc=str(path),
            hint=_repair(str(e), graph),
        ) from e
    if not isinstance(graph, nir.NIRGraph):
        raise RanvierError(
            "M001", "the file holds a single node, not a graph", loc=str(path), hint="wrap it"
        )
    return graph


def _repair(said: str, graph: Any) -> str:
    """Return what to try where nir refuses a file with these words."""
    if not re.search(r"type (length )?mismatch", said):
        return (
            "export it again with nir 1.0.8, or repair the graph; "
            "`python -c \"import nir; nir.read('FILE')\"` shows the same refusal"
        )
    if _has_rockpools_output(graph):
        return "Rockpool's files have such shapes: if it wrote this one, say --dialect rockpool"
    return "check the sizes of these two nodes: the second takes what the first gives"


def _has_rockpools_output(graph: Any) -> bool:
    """Tell whether an Output has the shape (1, 1, n), which Rockpool's exporter always writes."""
    shapes = [
        np.asarray(n.output_type["output"]).reshape(-1)
        for n in getattr(graph, "nodes", {}).values()
        if isinstance(n, nir.Output)
    ]
    return any(s.size == 3 and (s[:2] == 1).all() for s in shapes)


def _has_groups(graph: Any) -> bool:
    nodes = graph.nodes.values() if isinstance(graph, nir.NIRGraph) else ()
    return any(
        isinstance(n, (nir.Conv1d, nir.Conv2d)) and np.any(np.asarray(n.groups) != 1)
        if not isinstance(n, nir.NIRGraph)
        else _has_groups(n)
        for n in nodes
    )


def _guard(path: Path) -> None:
    """Refuse a file that would hang or end the reader, open other files or fill the memory."""

    def look() -> None:
        with h5py.File(path, "r") as file:
            Guard(_MOST_ITEMS).visit(file, longest)
            edges = file.get("node/edges")
            if isinstance(edges, h5py.Dataset) and math.prod(edges.shape or ()) > 2 * _MOST_EDGES:
                raise ValueError(f"it has more than {_MOST_EDGES} edges")

    def use() -> None:
        with h5py.File(path, "r") as file:
            read_all(file)

    try:
        longest = check_heaps(path)
        in_a_child(look, use)
    except ValueError as e:
        raise RanvierError("M001", str(e), loc=str(path), hint="is this a model file?") from e


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
    last: dict[str, int] = {}
    for key in sorted(graph.nodes):
        base = re.sub(r"[^a-z0-9_]", "_", key.lower())[:24]
        if not is_identifier(base):
            base = f"n_{base}"
        name, k = base, last.get(base, 1)
        while name in taken:
            k += 1
            name = f"{base}_{k}"
        last[base] = k
        names[key] = name
        taken.add(name)
    return names
