# SPDX-License-Identifier: Apache-2.0
"""Fold everything linear between two layers of neurons into one Linear."""

import numpy as np

from ranvier.model import INPUT, Flatten, FloatArray, Linear, Model, Neurons, Node, Scale

Terms = tuple[dict[str, FloatArray | None], FloatArray | None]  # a None matrix is the identity


def collapse_linear(model: Model) -> Model:
    """Leave one Linear for each pair of a source and the layer of neurons it reaches.

    Linear, Affine, Scale, Flatten and bare edges between a source (the input or a layer that
    fires) and a layer of neurons become ``y = W x + b``. Exact in real numbers (float64), and
    idempotent. The bias of a layer goes to the first of its Linear nodes.
    """
    terms: dict[str, Terms] = {INPUT: ({INPUT: None}, None)}
    nodes: list[Node] = []
    edges: list[tuple[str, str]] = []
    for node in model.nodes:
        matrices, bias = _sum([terms[s] for s in model.sources(node.name)], node.inputs)
        if not isinstance(node, Neurons):
            terms[node.name] = _through(node, matrices, bias)
            continue
        for k, (source, matrix) in enumerate(matrices.items()):
            weight = np.eye(node.size) if matrix is None else matrix
            name = f"{source}->{node.name}"
            nodes.append(Linear(name=name, weight=weight, bias=bias if k == 0 else None))
            edges += [(source, name), (name, node.name)]
        nodes.append(node)
        terms[node.name] = ({node.name: None}, None)
    return model.with_graph(tuple(nodes), tuple(edges))


def _sum(parts: list[Terms], size: int) -> Terms:
    """Add up the signals that meet at a node."""
    matrices: dict[str, FloatArray | None] = {}
    bias: FloatArray | None = None
    for part, b in parts:
        for source, matrix in part.items():
            if source in matrices:
                matrices[source] = _dense(matrices[source], size) + _dense(matrix, size)
            else:
                matrices[source] = matrix
        if b is not None:
            bias = b if bias is None else bias + b
    return matrices, bias


def _dense(matrix: FloatArray | None, size: int) -> FloatArray:
    return np.eye(size) if matrix is None else matrix


def _through(
    node: Linear | Scale | Flatten, matrices: dict[str, FloatArray | None], bias: FloatArray | None
) -> Terms:
    """Return the terms behind a linear node."""
    match node:
        case Flatten():
            return matrices, bias
        case Scale(scale=scale):
            scaled: dict[str, FloatArray | None] = {
                s: scale[:, None] * _dense(m, node.size) for s, m in matrices.items()
            }
            return scaled, None if bias is None else scale * bias
        case Linear(weight=weight):
            product: dict[str, FloatArray | None] = {
                s: weight if m is None else weight @ m for s, m in matrices.items()
            }
            own = node.bias
            if bias is not None:
                own = weight @ bias if own is None else weight @ bias + own
            return product, own
