# SPDX-License-Identifier: Apache-2.0
"""Turn Delay nodes into delays of edges."""

import numpy as np

from ranvier.model import Edge, Model
from ranvier.nodes import Delay, Node, Scale


def retime_delays(model: Model) -> Model:
    """Replace each Delay node by edges with its delay; exact once biases are folded.

    A node whose elements wait for different times becomes one selection for each time, so that
    every edge has a single delay. Idempotent.
    """
    nodes: list[Node] = []
    edges = list(model.edges)
    for node in model.nodes:
        if not isinstance(node, Delay):
            nodes.append(node)
            continue
        into = [e for e in edges if e.target == node.name]
        out = [e for e in edges if e.source == node.name]
        edges = [e for e in edges if node.name not in (e.source, e.target)]
        times = np.unique(node.steps)
        if len(times) == 1:
            edges += [
                Edge(a.source, b.target, a.delay + int(times[0]) + b.delay)
                for a in into
                for b in out
            ]
            continue
        for d in times:
            name = f"{node.name}@{d}"  # no node of a file can be called so
            nodes.append(Scale(name=name, scale=(node.steps == d).astype(np.float64)))
            edges += [Edge(a.source, name, a.delay + int(d)) for a in into]
            edges += [Edge(name, b.target, b.delay) for b in out]
    return model.with_graph(tuple(nodes), tuple(edges))
