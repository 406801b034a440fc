# SPDX-License-Identifier: Apache-2.0
"""Move every constant to the neurons that it reaches."""

from dataclasses import replace

import numpy as np

from ranvier.errors import RanvierError
from ranvier.float_maps import ready
from ranvier.model import INPUT, Model
from ranvier.nodes import Conv, Delay, FloatArray, Linear, Map, Neurons, Node


def fold_bias(model: Model) -> Model:
    """Give each layer of neurons the constant part of its input, and take it from the maps.

    What arrives while the input is 0 and no neuron fires becomes the layer's bias. Exact in real
    numbers, and idempotent; lossy only where a bias stands before a Delay node, whose first steps
    then have it already.

    Raises
    ------
    RanvierError
        M004 for a loop of maps and delays alone, whose constant part would be a limit.
    """
    given: dict[str, FloatArray] = {INPUT: np.zeros((1, model.channels))}
    for p in model.neurons:
        given[p.name] = np.zeros((1, p.size))
    waiting: list[Map | Delay] = [n for n in model.nodes if not isinstance(n, Neurons)]
    while waiting:
        later = []
        for node in waiting:
            into = model.into(node.name)
            if any(e.source not in given for e in into):
                later.append(node)
                continue
            total = np.sum([given[e.source] for e in into], axis=0)
            if not isinstance(node, Delay):
                total = ready(node, np.float64)(total)
            given[node.name] = np.asarray(total, np.float64)
        if len(later) == len(waiting):
            raise RanvierError(
                "M004",
                f"a loop without neurons runs through {', '.join(n.name for n in later[:8])}",
                loc=model.name,
                hint="a Delay makes such a loop run in floats; integers need a layer of neurons",
            )
        waiting = later
    nodes: list[Node] = []
    for n in model.nodes:
        if isinstance(n, (Linear, Conv)) and n.bias is not None:
            nodes.append(replace(n, bias=None))
        elif isinstance(n, Neurons):
            constant = np.sum([given[e.source] for e in model.into(n.name)], axis=0)[0]
            own = constant if n.bias is None else n.bias + constant
            nodes.append(replace(n, bias=own if own.any() else None))
        else:
            nodes.append(n)
    return model.with_graph(tuple(nodes), model.edges)
