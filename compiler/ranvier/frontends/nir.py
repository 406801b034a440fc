# SPDX-License-Identifier: Apache-2.0
"""Reads a NIR file as a `Model`, with the dynamics of a dialect."""

import heapq
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import nir
import numpy as np

from ranvier.check import is_identifier
from ranvier.errors import RanvierError
from ranvier.frontends import dialects, evidence, nir_answers, nir_outputs
from ranvier.frontends.nir_graph import Graph, identifiers, open_graph
from ranvier.frontends.nir_nodes import NEURONS, convert, delay_steps
from ranvier.frontends.nir_order import Order, order
from ranvier.frontends.options import ModelOptions
from ranvier.frontends.parameters import finite
from ranvier.model import (
    INPUT,
    Ambiguity,
    Edge,
    Model,
)
from ranvier.nodes import Delay, Dynamics, Flatten, Linear, Neurons, Node

_MOST_VALUES = 2**22  # of all signals of a step; more would not fit any device


def read_nir(path: Path, options: ModelOptions) -> Model:
    """Read a NIR file.

    The graph's metadata may say what NIR does not: ``dialect``, ``dt`` (seconds), ``decode``,
    ``classes`` and ``encode`` (JSON texts); options override them.

    Raises
    ------
    RanvierError
        M001 where nir refuses the file, M002 for an unsupported node, M003 for a bad parameter,
        M004 for a graph that cannot be run, M005 where dt is not known, M014 where the numbers
        are not the dialect's.
    """
    where = str(path)
    _check_options(options)
    graph = open_graph(path, untyped=options.dialect == "rockpool")
    said = options.dialect
    if said is None and "dialect" in graph.metadata:
        said = nir_answers.text(graph.metadata["dialect"])
    dialect = dialects.known(said or dialects.DEFAULT)
    rockpool = nir_answers.rockpool_dt(graph) if dialect == "rockpool" else None
    dt = nir_answers.step(options, graph.metadata, dialect, rockpool, where)
    remembers = frozenset(k for k, n in graph.nodes.items() if type(n).__name__ in NEURONS)
    delays = frozenset(
        k for k, n in graph.nodes.items() if isinstance(n, nir.Delay) and delay_steps(n, dt) > 0
    )
    try:
        walk = order(graph, remembers, delays)
    except RanvierError as e:
        raise RanvierError(e.code, e.what, loc=where, hint=e.hint) from e
    names = identifiers(graph)
    nodes = _nodes(graph, walk, names, dialect, dt, options, where)
    written = [n for n in nodes.values() if isinstance(n, Neurons)]
    step = evidence.written_step(written, dialect, where)
    nodes = {
        k: evidence.at_own_step(n, step, dt) if isinstance(n, Neurons) else n
        for k, n in nodes.items()
    }
    outputs = nir_outputs.outputs(graph, nodes, names, where)
    decode = nir_answers.decode(options, graph.metadata, outputs, where)
    if decode.startswith("readout"):
        # A layer that is never reset and whose membrane is read is a readout with a threshold.
        outputs = [
            replace(n, v_threshold=None) if n.fires and n.dynamics.reset == "none" else n
            for n in outputs
        ]
        by_name = {n.name: n for n in outputs}
        nodes = {k: by_name.get(n.name, n) for k, n in nodes.items()}
    neurons = [n for n in nodes.values() if isinstance(n, Neurons)]
    _check_bound(neurons, where)
    evidence.contradiction(neurons, dialect, dt, where)
    channels = sum(math.prod(_input_shape(graph, k, where)) for k in graph.inputs)
    return Model(
        name=_model_name(path),
        dialect=dialect,
        dt=dt,
        channels=channels,
        nodes=tuple(nodes[k] for k in walk.keys if k in nodes),
        edges=_edges(graph, walk, names, nodes),
        outputs=tuple(n.name for n in outputs),
        decode=decode,
        encoding=nir_answers.encoding(options, graph.metadata, channels, dt, where),
        classes=nir_answers.classes(graph.metadata, sum(n.size for n in outputs), where),
        ambiguities=(
            *evidence.ambiguities(written, said, dt, options, step),
            *_loops(walk, names, nodes),
        ),
    )


def _check_options(options: ModelOptions) -> None:
    """Refuse what no model can mean; M003."""
    bound = options.lower_bound
    if bound is not None and not math.isfinite(bound):
        raise RanvierError(
            "M003", f"{bound} is no membrane", loc="--lower-bound", hint="leave it out for none"
        )


def _check_bound(neurons: list[Neurons], where: str) -> None:
    """Refuse a lower bound that holds membranes at their threshold: they would always fire."""
    for n in neurons:
        bound = n.dynamics.lower_bound
        if bound is not None and n.v_threshold is not None and (n.v_threshold <= bound).any():
            raise RanvierError(
                "M003",
                f"a lower bound of {bound:g} is not below the threshold {n.v_threshold.min():g}",
                loc=f"{where}:{n.name}",
                hint="--lower-bound is in the membrane's unit",
            )


def _nodes(
    graph: Graph,
    walk: Order,
    names: dict[str, str],
    dialect: str,
    dt: float,
    options: ModelOptions,
    where: str,
) -> dict[str, Node]:
    """Return the model's nodes by key, shapes propagated from the inputs."""
    resets = dict(options.resets)
    unknown = set(resets) - {*graph.nodes, *names.values()}
    if unknown:
        raise RanvierError(
            "M004", f"no layer is called {sorted(unknown)[0]!r}", loc=f"{where}:--reset",
            hint="`ranvier inspect` lists the layers",
        )  # fmt: skip
    nodes, shapes = _inputs(graph, names, where)
    sources, targets = _neighbours(graph)
    values = 0
    for key in _from_known_shapes(graph, walk, sources, targets, where):
        node, loc = graph.nodes[key], f"{where}:{key}"
        shape = next(shapes[a] for a in sources[key] if a in shapes)
        if isinstance(node, (nir.Input, nir.Output)):  # of a graph within the graph, or the last
            shapes[key] = shape
            if key not in graph.outputs:
                nodes[key] = Flatten(name=names[key], size=int(np.prod(shape)))
            continue
        kind = type(node).__name__
        rules = Dynamics()
        if kind in NEURONS:
            own = replace(options, reset=resets.get(key, resets.get(names[key], options.reset)))
            rules = dialects.dynamics(dialect, kind, _feeds_itself(graph, targets, key), own)
        nodes[key], shapes[key] = convert(node, names[key], shape, rules, dt, loc)
        values += math.prod(shapes[key])
        if values > _MOST_VALUES:
            raise RanvierError(
                "M004", f"with a signal of shape {list(shapes[key])} a step has {values} values",
                loc=loc, hint=f"up to {_MOST_VALUES} are read: are the shapes right?",
            )  # fmt: skip
    for a, b in graph.edges:
        first = shapes[next(k for k in sources[b] if k in shapes)]
        wanted = nodes[b].inputs if b in nodes else math.prod(first)
        if math.prod(shapes[a]) != wanted:
            raise RanvierError(
                "M004",
                f"{names[a]} gives {math.prod(shapes[a])} values, {names[b]} takes {wanted}",
                loc=f"{where}:{b}",
                hint="signals that meet are summed, so their sizes are one",
            )
    for key in walk.early:
        delay = nodes[key]
        assert isinstance(delay, Delay)
        nodes[key] = replace(delay, steps=delay.steps - 1)
    return nodes


def _inputs(
    graph: Graph, names: dict[str, str], where: str
) -> tuple[dict[str, Node], dict[str, tuple[int, ...]]]:
    """Return the nodes that part the model's input where there are several, and their shapes."""
    shapes = {k: _input_shape(graph, k, where) for k in graph.inputs}
    sizes = [math.prod(s) for s in shapes.values()]
    nodes: dict[str, Node] = {}
    if len(sizes) > 1:
        if sum(sizes) ** 2 > _MOST_VALUES:
            raise RanvierError(
                "M004", f"{len(sizes)} inputs of {sum(sizes)} values", loc=where,
                hint="use one Input node",
            )  # fmt: skip
        ends = np.cumsum(sizes)
        for key, size, end in zip(graph.inputs, sizes, ends, strict=True):
            pick = np.zeros((size, sum(sizes)))
            pick[np.arange(size), np.arange(end - size, end)] = 1
            nodes[key] = Linear(name=names[key], weight=pick)
    return nodes, shapes


def _neighbours(graph: Graph) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return each node's sources and its targets."""
    sources: dict[str, list[str]] = {key: [] for key in graph.nodes}
    targets: dict[str, list[str]] = {key: [] for key in graph.nodes}
    for a, b in graph.edges:
        sources[b].append(a)
        targets[a].append(b)
    return sources, targets


def _from_known_shapes(
    graph: Graph,
    walk: Order,
    sources: dict[str, list[str]],
    targets: dict[str, list[str]],
    where: str,
) -> Iterator[str]:
    """Yield every node but the inputs, each after a node that feeds it."""
    rank = {key: k for k, key in enumerate(walk.keys)}
    known = set(graph.inputs)
    ready = [(rank[b], b) for a in graph.inputs for b in targets[a]]
    heapq.heapify(ready)
    while ready:
        _, key = heapq.heappop(ready)
        if key in known:
            continue
        known.add(key)
        yield key
        for b in targets[key]:
            if b not in known:
                heapq.heappush(ready, (rank[b], b))
    for key in walk.keys:
        if key not in known:
            what = "no input leads here" if sources[key] else "nothing feeds this node"
            raise RanvierError("M004", what, loc=f"{where}:{key}", hint="add an edge")


def _feeds_itself(graph: Graph, targets: dict[str, list[str]], key: str) -> bool:
    """Tell whether a layer feeds itself, directly or through one node that is no neuron."""
    return key in targets[key] or any(
        key in targets[b] and type(graph.nodes[b]).__name__ not in NEURONS for b in targets[key]
    )


def _edges(
    graph: Graph, walk: Order, names: dict[str, str], nodes: dict[str, Node]
) -> tuple[Edge, ...]:
    single = len(graph.inputs) == 1
    edges = [
        Edge(
            INPUT if single and a in graph.inputs else names[a],
            names[b],
            1 if (a, b) in walk.late else 0,
        )
        for a, b in graph.edges
        if b in nodes
    ]
    picks = [] if single else [Edge(INPUT, names[k]) for k in graph.inputs]
    return (*picks, *edges)


def _input_shape(graph: Graph, key: str, where: str) -> tuple[int, ...]:
    loc = f"{where}:{key}"
    said = finite(graph.nodes[key].input_type["input"], "shape", loc).reshape(-1)
    if (
        not said.size
        or (said < 1).any()
        or (said != np.rint(said)).any()
        or np.prod(said) > _MOST_VALUES
    ):
        raise RanvierError(
            "M004", f"an input of shape {said[:8].tolist()!r:.60}", loc=loc, hint="(channels, ...)"
        )
    return tuple(int(n) for n in said)


def _loops(walk: Order, names: dict[str, str], nodes: dict[str, Node]) -> list[Ambiguity]:
    """Say which edge of a wider loop takes the step, where NIR leaves it open."""
    return [
        Ambiguity(
            topic="loop",
            what=f"NIR does not say which edge of the loop through {names[b]} takes a step",
            taken=f"{names[a]} -> {names[b]}, the one that leads back as seen from the input",
            option="a Delay node in the file",
        )
        for a, b in sorted(walk.late)
        if isinstance(nodes.get(a), Neurons) and isinstance(nodes.get(b), Neurons)
    ]


def _model_name(path: Path) -> str:
    name = re.sub(r"[^a-z0-9_]", "_", path.stem.lower())[:31]
    return name if is_identifier(name) else f"n_{name}"[:31]
