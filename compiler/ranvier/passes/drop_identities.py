# SPDX-License-Identifier: Apache-2.0
"""Remove nodes that give what they take."""

import numpy as np

from ranvier.model import Edge, Model
from ranvier.nodes import Delay, Flatten, Linear, Node, Pool, Scale


def drop_identities(model: Model) -> Model:
    """Bypass every node whose output is its input, bit for bit; exact, and idempotent."""
    nodes, edges = list(model.nodes), list(model.edges)
    for node in model.nodes:
        if not _is_identity(node):
            continue
        into = [e for e in edges if e.target == node.name]
        out = [e for e in edges if e.source == node.name]
        around = [Edge(a.source, b.target, a.delay + b.delay) for a in into for b in out]
        edges = [e for e in edges if node.name not in (e.source, e.target)] + around
        nodes.remove(node)
    return model.with_graph(tuple(nodes), tuple(edges))


def _is_identity(node: Node) -> bool:
    match node:
        case Flatten():
            return True
        case Scale(scale=scale):
            return bool((scale == 1).all())
        case Delay(steps=steps):
            return not steps.any()
        case Pool():
            same = node.kernel == (1, 1) and node.stride == (1, 1) and node.padding == (0, 0)
            return same and node.weight == 1
        case Linear(weight=w, bias=bias):
            square = w.shape[0] == w.shape[1] and bias is None
            return square and bool((w == np.eye(len(w))).all())
        case _:
            return False
