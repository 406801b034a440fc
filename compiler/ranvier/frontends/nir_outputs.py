# SPDX-License-Identifier: Apache-2.0
"""Which layers of a NIR graph the decoder reads."""

import numpy as np

from ranvier.errors import RanvierError
from ranvier.frontends.nir_graph import Graph
from ranvier.nodes import Dynamics, Flatten, Neurons, Node


def outputs(
    graph: Graph, nodes: dict[str, Node], names: dict[str, str], where: str
) -> list[Neurons]:
    """Return the layers that the decoder reads; `nodes` gets a readout where an Output has none."""
    for kind, found in (("Input", graph.inputs), ("Output", graph.outputs)):
        if not found:
            raise RanvierError(
                "M004", f"the graph has no {kind} node", loc=where, hint=f"add an {kind} node"
            )
    found_in: list[Neurons] = []
    known: set[str] = set()
    sources: dict[str, list[str]] = {key: [] for key in graph.nodes}
    for a, b in graph.edges:
        sources[b].append(a)
    for key in graph.outputs:
        node = _read_by(sources, nodes, key)
        if not isinstance(node, Neurons):
            size = next((int(nodes[a].size) for a in sources[key] if a in nodes), 0)
            if not size:
                raise RanvierError(
                    "M004", "no layer feeds the output", loc=f"{where}:{key}",
                    hint="end the network in a layer of neurons, or in what it feeds",
                )  # fmt: skip
            node = Neurons(
                name=names[key], kind="Identity", size=size, r=np.ones(size),
                dynamics=Dynamics(form="sum", reset="none"),
            )  # fmt: skip
            nodes[key] = node
        if node.name not in known:
            known.add(node.name)
            found_in.append(node)
    return found_in


def _read_by(sources: dict[str, list[str]], nodes: dict[str, Node], key: str) -> Node | None:
    """Return the one node behind an output, through what only gives a signal another shape."""
    seen: set[str] = set()
    while key not in seen:
        seen.add(key)
        node = nodes.get(sources[key][0]) if len(sources[key]) == 1 else None
        if not isinstance(node, Flatten):
            return node
        key = sources[key][0]
    return None
