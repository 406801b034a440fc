# SPDX-License-Identifier: Apache-2.0
"""Reads a NIR file as a `Model`, with the dynamics of a dialect."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import nir
import numpy as np

from ranvier.check import is_identifier
from ranvier.errors import RanvierError
from ranvier.frontends import dialects
from ranvier.frontends.encoding import parse_json, read_encoding
from ranvier.frontends.nir_nodes import convert
from ranvier.frontends.options import ModelOptions
from ranvier.model import (
    DECODE_RULES,
    INPUT,
    Ambiguity,
    DecodeRule,
    Model,
    ModelEncoding,
    Neurons,
    Node,
)

_LARGEST_FILE = 2**31  # bytes of arrays, unpacked


def read_nir(path: Path, options: ModelOptions) -> Model:
    """Read a NIR file.

    The graph's metadata may say what NIR does not: ``dialect``, ``dt`` (seconds), ``decode``,
    ``classes`` and ``encode`` (JSON texts); options override them.

    Raises
    ------
    RanvierError
        M001 where nir refuses the file, M002 for an unsupported node, M003 for a bad parameter,
        M004 for a graph that cannot be run, M005 where dt is not known.
    """
    graph = _read(path)
    where = str(path)
    names = _names(graph)
    channels = _size(_only(graph.inputs, "Input", where).input_type["input"])
    metadata = graph.metadata if isinstance(graph.metadata, dict) else {}
    said = options.dialect or (_text(metadata["dialect"]) if "dialect" in metadata else None)
    rules = dialects.dynamics(said or dialects.DEFAULT)
    nodes: dict[str, Node] = {
        key: convert(node, names[key], rules, f"{where}:{key}")
        for key, node in graph.nodes.items()
        if not isinstance(node, (nir.Input, nir.Output))
    }
    order = _order(graph, where)
    output = _output(graph, nodes, where)
    model = Model(
        name=_model_name(path),
        dialect=said or dialects.DEFAULT,
        dt=_dt(options, metadata, where),
        channels=channels,
        nodes=tuple(nodes[key] for key in order if key in nodes),
        edges=tuple(
            (INPUT if a in graph.inputs else names[a], names[b])
            for a, b in sorted(graph.edges)
            if b in nodes
        ),
        output=output.name,
        decode=_decode(options, metadata, output, where),
        encoding=_encoding(options, metadata, channels, where),
        classes=_classes(metadata, output.size, where),
        ambiguities=() if said else tuple(_ambiguities(nodes)),
    )
    _check_sizes(model, where)
    return model


def _read(path: Path) -> Any:
    try:
        _guard(path)
        graph = nir.read(path)
    except RanvierError:
        raise
    # nir and h5py raise whatever a foreign or damaged file makes them trip over.
    except Exception as e:
        raise RanvierError(
            "M001",
            f"nir {nir.version} refuses the file: {str(e) or type(e).__name__}",
            loc=str(path),
            hint="export it again with nir 1.0.8, or repair the graph; "
            "`python -c \"import nir; nir.read('FILE')\"` shows the same refusal",
        ) from e
    if not isinstance(graph, nir.NIRGraph):
        raise RanvierError(
            "M001", "the file holds a single node, not a graph", loc=str(path), hint="wrap it"
        )
    return graph


def _guard(path: Path) -> None:
    """Refuse a file that would make the reader open other files or fill the memory."""
    total = 0

    def visit(group: Any) -> None:
        nonlocal total
        for key in group:
            if isinstance(group.get(key, getlink=True), h5py.ExternalLink):
                raise RanvierError(
                    "M001", f"{key} links to another file", loc=str(path), hint="export it whole"
                )
            item = group[key]
            if isinstance(item, h5py.Group):
                visit(item)
            else:
                if item.external or item.is_virtual:
                    raise RanvierError(
                        "M001",
                        f"{key} is stored in another file",
                        loc=str(path),
                        hint="export it whole",
                    )
                total += int(item.nbytes)

    with h5py.File(path, "r") as file:
        visit(file)
    if total > _LARGEST_FILE:
        raise RanvierError(
            "M001",
            f"its arrays unpack to {total} bytes, more than {_LARGEST_FILE}",
            loc=str(path),
            hint="is this a model file?",
        )


def _names(graph: Any) -> dict[str, str]:
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


def _model_name(path: Path) -> str:
    name = re.sub(r"[^a-z0-9_]", "_", path.stem.lower())[:31]
    return name if is_identifier(name) else f"n_{name}"[:31]


def _only(found: dict[str, Any], kind: str, where: str) -> Any:
    if len(found) != 1:
        raise RanvierError(
            "M004",
            f"the graph has {len(found)} {kind} nodes: {', '.join(sorted(found)) or 'none'}",
            loc=where,
            hint=f"exactly one {kind} node is supported",
        )
    return next(iter(found.values()))


def _order(graph: Any, where: str) -> list[str]:
    """Return the nodes in an order in which every edge points forward, ties by name."""
    before = {key: {a for a, b in graph.edges if b == key} for key in graph.nodes}
    order: list[str] = []
    while before:
        ready = sorted(key for key, sources in before.items() if sources <= set(order))
        if not ready:
            loop = ", ".join(sorted(before))
            raise RanvierError(
                "M004",
                f"recurrent graph: a loop runs through {loop}",
                loc=where,
                hint="this version compiles feed-forward networks",
            )
        order += ready
        for key in ready:
            del before[key]
    return order


def _output(graph: Any, nodes: dict[str, Node], where: str) -> Neurons:
    _only(graph.outputs, "Output", where)
    key = next(iter(graph.outputs))
    sources = [a for a, b in graph.edges if b == key]
    node = nodes.get(sources[0]) if len(sources) == 1 else None
    if not isinstance(node, Neurons):
        raise RanvierError(
            "M004",
            f"the output is fed by {', '.join(sorted(sources)) or 'nothing'},"
            " not by one layer of neurons",
            loc=f"{where}:{key}",
            hint="end the network in one LIF, LI, IF or I layer",
        )
    return node


def _check_sizes(model: Model, where: str) -> None:
    """Refuse edges between nodes of different sizes, and nodes nothing feeds."""
    sizes = {INPUT: model.channels, **{n.name: n.size for n in model.nodes}}
    for node in model.nodes:
        sources = model.sources(node.name)
        if not sources:
            raise RanvierError(
                "M004", "nothing feeds this node", loc=f"{where}:{node.name}", hint="add an edge"
            )
        for source in sources:
            if sizes[source] != node.inputs:
                raise RanvierError(
                    "M004",
                    f"{source} gives {sizes[source]} values, {node.name} takes {node.inputs}",
                    loc=f"{where}:{node.name}",
                    hint="check the shapes of the two nodes",
                )
            origin = next((n for n in model.neurons if n.name == source), None)
            if origin is not None and not origin.fires:
                raise RanvierError(
                    "M004",
                    f"{source} never fires, yet it feeds {node.name}",
                    loc=f"{where}:{node.name}",
                    hint="LI, I and CubaLI layers can only be the output",
                )


def _size(shape: Any) -> int:
    return int(np.prod(np.asarray(shape, np.int64)))


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _dt(options: ModelOptions, metadata: dict[str, Any], where: str) -> float:
    value = options.dt if options.dt is not None else metadata.get("dt")
    if value is None:
        raise RanvierError(
            "M005",
            "the file does not say how long a step is",
            loc=where,
            hint="give it in seconds: --dt 1e-3",
        )
    try:
        dt = float(value)
    except (TypeError, ValueError):
        dt = float("nan")
    if not 0 < dt < float("inf"):
        raise RanvierError("M005", f"dt {value!r} is not a positive number", loc=where, hint="--dt")
    return dt


def _decode(
    options: ModelOptions, metadata: dict[str, Any], output: Neurons, where: str
) -> DecodeRule:
    said = options.decode or (_text(metadata["decode"]) if "decode" in metadata else None)
    if said is None:
        return "spike-count" if output.fires else "readout-mean"
    rule = next((r for r in DECODE_RULES if r == said), None)
    if rule is None:
        raise RanvierError(
            "M006",
            f"unknown decode rule {said!r}",
            loc=where,
            hint=f"known: {', '.join(DECODE_RULES)}",
        )
    if rule != "per-step" and output.fires == rule.startswith("readout"):
        raise RanvierError(
            "M006",
            f"decode {rule}: {output.name} {'fires' if output.fires else 'never fires'}",
            loc=where,
            hint="spike-count for spiking outputs, readout-mean or readout-last for membranes",
        )
    return rule


def _encoding(
    options: ModelOptions, metadata: dict[str, Any], channels: int, where: str
) -> ModelEncoding | None:
    if options.encoding_file is not None:
        return read_encoding(options.encoding_file, channels)
    if "encode" in metadata:
        return parse_json(_text(metadata["encode"]), channels, where)
    return None


def _classes(metadata: dict[str, Any], size: int, where: str) -> tuple[str, ...]:
    if "classes" not in metadata:
        return ()
    try:
        names = json.loads(_text(metadata["classes"]))
    except (ValueError, RecursionError):
        names = None
    if (
        not isinstance(names, list)
        or len(names) != size
        or not all(isinstance(n, str) for n in names)
    ):
        raise RanvierError(
            "M007",
            f"the metadata `classes` is not a JSON list of {size} names",
            loc=where,
            hint="one name an output",
        )
    return tuple(names)


def _ambiguities(nodes: dict[str, Node]) -> Iterator[Ambiguity]:
    """Yield what NIR does not carry, where nobody named a dialect, and what was taken for it."""
    neurons = [n for n in nodes.values() if isinstance(n, Neurons)]
    yield Ambiguity(
        what="the file does not say which framework wrote it",
        taken="dialect nir: forward Euler, reset in the step of the spike, layers in order",
        option="--dialect",
    )
    if any(n.fires for n in neurons):
        yield Ambiguity(
            what="NIR stores v_reset but not the kind of reset",
            taken="reset to v_reset",
            option="--dialect",
        )
    if any(n.tau_syn is not None for n in neurons):
        yield Ambiguity(
            what="NIR does not order the updates of current and membrane",
            taken="current first; the membrane sees the new current",
            option="--dialect",
        )
