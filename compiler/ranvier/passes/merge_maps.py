# SPDX-License-Identifier: Apache-2.0
"""Fold everything linear between two layers of neurons into one map."""

from dataclasses import dataclass, replace

import numpy as np

from ranvier.model import INPUT, Edge, Model
from ranvier.nodes import Delay, Flatten, Map, Neurons, Node, Scale
from ranvier.passes.compose import add, compose


@dataclass(frozen=True, slots=True)
class _Term:
    """A signal as a map of what `source` gave `delay` steps ago; None is the identity."""

    source: str
    delay: int
    map: Map | None


def merge_maps(model: Model) -> Model:
    """Leave one map for each source, delay and layer of neurons that it reaches.

    Linear, Scale, Conv, Pool and bare edges between a source (the input or a layer that fires) and
    a layer of neurons become ``y = W x``, in the smallest form that is exact: convolutions and
    pools stay convolutions where their padding allows. Exact in real numbers (float64), and
    idempotent. Needs biases folded and delays on edges.
    """
    if any(isinstance(n, Delay) or getattr(n, "bias", None) is not None
           for n in model.nodes if not isinstance(n, Neurons)):  # fmt: skip
        raise ValueError("biases are folded and delays retimed before maps are merged")
    terms: dict[str, list[_Term]] = {INPUT: [_Term(INPUT, 0, None)]}
    for p in model.neurons:
        terms[p.name] = [_Term(p.name, 0, None)]
    waiting = [n for n in model.nodes if not isinstance(n, (Neurons, Delay))]
    while waiting:
        later = []
        for node in waiting:
            if all(e.source in terms for e in model.into(node.name)):
                arriving = _arriving(model, node.name, terms)
                if not isinstance(node, Flatten):
                    arriving = [replace(t, map=compose(node, t.map)) for t in arriving]
                terms[node.name] = arriving
            else:
                later.append(node)
        waiting = later
    nodes: list[Node] = []
    edges: list[Edge] = []
    for p in model.neurons:
        for k, term in enumerate(_arriving(model, p.name, terms)):
            name = f"{term.source}->{p.name}" + (f" {k + 1}" if k else "")
            found = term.map if term.map is not None else Scale(name=name, scale=np.ones(p.size))
            nodes.append(replace(found, name=name))
            edges += [Edge(term.source, name, term.delay), Edge(name, p.name)]
        nodes.append(p)
    return model.with_graph(tuple(nodes), tuple(edges))


def _arriving(model: Model, name: str, terms: dict[str, list[_Term]]) -> list[_Term]:
    """Return the sum of what arrives at a node, like terms together."""
    total: list[_Term] = []
    for e in model.into(name):
        for term in terms[e.source]:
            new = replace(term, delay=term.delay + e.delay)
            for k, old in enumerate(total):
                if (old.source, old.delay) == (new.source, new.delay):
                    merged = _added(old, new, model)
                    if merged is not None:
                        total[k] = merged
                        break
            else:
                total.append(new)
    return total


def _added(a: _Term, b: _Term, model: Model) -> _Term | None:
    size = next((p.size for p in model.neurons if p.name == a.source), model.channels)
    one = Scale(name=a.source, scale=np.ones(size))
    found = add(a.map if a.map is not None else one, b.map if b.map is not None else one)
    return None if found is None else replace(a, map=found)
