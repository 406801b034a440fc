# SPDX-License-Identifier: Apache-2.0
"""Reads a NIR file as a `Model`, with the dynamics of a dialect."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import nir
import numpy as np

from ranvier.check import is_identifier
from ranvier.errors import RanvierError
from ranvier.frontends import dialects, evidence, nir_answers
from ranvier.frontends.nir_graph import Graph, Order, identifiers, open_graph, order
from ranvier.frontends.nir_nodes import NEURONS, convert, delay_steps
from ranvier.frontends.options import ModelOptions
from ranvier.model import (
    INPUT,
    Ambiguity,
    Edge,
    Model,
)
from ranvier.nodes import Dynamics, Linear, Neurons, Node

_LARGEST_SIGNAL = 2**24  # values; more would not fit any device, nor this computer's patience


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
    graph = open_graph(path, untyped=options.dialect == "rockpool")
    where = str(path)
    said = options.dialect
    if said is None and "dialect" in graph.metadata:
        said = nir_answers.text(graph.metadata["dialect"])
    dialect = said or dialects.DEFAULT
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
    outputs = _outputs(graph, nodes, names, where)
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
    evidence.contradiction(neurons, dialect, dt, where)
    channels = sum(_input_size(graph, k, where) for k in graph.inputs)
    model = Model(
        name=_model_name(path),
        dialect=dialect,
        dt=dt,
        channels=channels,
        nodes=tuple(nodes[k] for k in walk.keys if k in nodes),
        edges=_edges(graph, walk, names, nodes),
        outputs=tuple(n.name for n in outputs),
        decode=decode,
        encoding=nir_answers.encoding(options, graph.metadata, channels, where),
        classes=nir_answers.classes(graph.metadata, sum(n.size for n in outputs), where),
        ambiguities=(
            *evidence.ambiguities(neurons, said, dt, options),
            *_loops(walk, names, nodes),
        ),
    )
    _check_readouts(model, where)
    return model


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
    shapes: dict[str, tuple[int, ...]] = {}
    nodes: dict[str, Node] = {}
    start = 0
    channels = sum(_input_size(graph, k, where) for k in graph.inputs)
    pending = list(walk.keys)
    sources: dict[str, list[str]] = {key: [] for key in graph.nodes}
    for a, b in graph.edges:
        sources[b].append(a)
    resets = dict(options.resets)
    unknown = set(resets) - {*graph.nodes, *names.values()}
    if unknown:
        raise RanvierError(
            "M004", f"no layer is called {sorted(unknown)[0]!r}", loc=f"{where}:--reset",
            hint="`ranvier inspect` lists the layers",
        )  # fmt: skip
    for key in pending:
        node, loc = graph.nodes[key], f"{where}:{key}"
        if isinstance(node, nir.Input):
            shapes[key] = _input_shape(node)
            if len(graph.inputs) > 1:
                size = int(np.prod(shapes[key]))
                pick = np.eye(channels)[start : start + size]
                nodes[key] = Linear(name=names[key], weight=pick)
                start += size
            continue
        known = [shapes[a] for a in sources[key] if a in shapes]
        if not sources[key]:
            raise RanvierError("M004", "nothing feeds this node", loc=loc, hint="add an edge")
        shape = known[0] if known else ()
        for other in known[1:]:
            if int(np.prod(other)) != int(np.prod(shape)):
                raise RanvierError(
                    "M004", f"signals of shapes {list(shape)} and {list(other)} meet", loc=loc,
                    hint="signals that meet are summed, so their sizes are one",
                )  # fmt: skip
        if int(np.prod(shape, dtype=np.float64)) > _LARGEST_SIGNAL:
            raise RanvierError(
                "M004", f"a signal of shape {list(shape)}", loc=loc, hint="is the shape right?"
            )
        if isinstance(node, nir.Output):
            shapes[key] = shape
            continue
        kind = type(node).__name__
        rules = Dynamics()
        if kind in NEURONS:
            own = replace(options, reset=resets.get(key, resets.get(names[key], options.reset)))
            rules = dialects.dynamics(dialect, kind, _feeds_itself(graph, key), own)
        nodes[key], shapes[key] = convert(node, names[key], shape, rules, dt, loc)
    for a, b in walk.late:  # what closes a loop must fit as well
        if b in nodes and int(np.prod(shapes[a])) != nodes[b].inputs:
            raise RanvierError(
                "M004",
                f"{names[a]} gives {int(np.prod(shapes[a]))} values, {names[b]} takes"
                f" {nodes[b].inputs}",
                loc=f"{where}:{b}",
                hint="check the shapes of the two nodes",
            )
    return nodes


def _feeds_itself(graph: Graph, key: str) -> bool:
    """Tell whether a layer feeds itself, directly or through one node that is no neuron."""
    after = {b for a, b in graph.edges if a == key}
    return key in after or any(
        (b, key) in graph.edges and type(graph.nodes[b]).__name__ not in NEURONS for b in after
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


def _input_shape(node: Any) -> tuple[int, ...]:
    return tuple(int(n) for n in np.asarray(node.input_type["input"]).reshape(-1))


def _input_size(graph: Graph, key: str, where: str) -> int:
    shape = _input_shape(graph.nodes[key])
    size = int(np.prod(shape, dtype=np.float64)) if shape else 0
    if not shape or min(shape) < 1 or size > _LARGEST_SIGNAL:
        raise RanvierError(
            "M004", f"an input of shape {list(shape)}", loc=f"{where}:{key}", hint="(channels, ...)"
        )
    return size


def _outputs(
    graph: Graph, nodes: dict[str, Node], names: dict[str, str], where: str
) -> list[Neurons]:
    """Return the layers that the decoder reads; `nodes` gets a readout where an Output has none."""
    for kind, found in (("Input", graph.inputs), ("Output", graph.outputs)):
        if not found:
            raise RanvierError(
                "M004", f"the graph has no {kind} node", loc=where, hint=f"add an {kind} node"
            )
    outputs: list[Neurons] = []
    for key in graph.outputs:
        sources = [a for a, b in graph.edges if b == key]
        node = nodes.get(sources[0]) if len(sources) == 1 else None
        if not isinstance(node, Neurons):
            size = next((int(nodes[a].size) for a in sources if a in nodes), 0)
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
        if node.name not in {n.name for n in outputs}:
            outputs.append(node)
    if len({n.fires for n in outputs}) > 1:
        raise RanvierError(
            "M004", "some outputs fire and some do not", loc=where, hint="decode one kind only"
        )
    return outputs


def _check_readouts(model: Model, where: str) -> None:
    """Refuse readouts that feed other layers, but for a Threshold: what they give is no spike."""
    thresholds = {n.name for n in model.neurons if n.kind == "Threshold"}
    for n in model.neurons:
        feeds = {e.target for e in model.edges if e.source == n.name}
        if not n.fires and feeds - thresholds:
            raise RanvierError(
                "M004",
                f"{n.name} never fires, yet it feeds {model_target(model, n.name)}",
                loc=f"{where}:{n.name}",
                hint="LI, I and CubaLI layers can only be outputs",
            )


def model_target(model: Model, name: str) -> str:
    """Return the first node that `name` feeds."""
    return next(e.target for e in model.edges if e.source == name)


def _loops(walk: Order, names: dict[str, str], nodes: dict[str, Node]) -> list[Ambiguity]:
    """Say which edge of a wider loop takes the step, where NIR leaves it open."""
    return [
        Ambiguity(
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
