# SPDX-License-Identifier: Apache-2.0
"""``ranvier inspect``: what is in a model, network or build, and what its file leaves open."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ranvier import connections, rvn
from ranvier.errors import RanvierError
from ranvier.frontends import evidence
from ranvier.frontends.options import ModelOptions
from ranvier.ir import Network
from ranvier.model import Ambiguity, Edge, Model
from ranvier.nodes import Conv, Delay, Linear, Neurons, Node, Pool
from ranvier.paths import is_dir
from ranvier.tools.build import open_build
from ranvier.tools.verbs.load import load

_ANY_DT = 1e-3  # s; nothing that depends on it is shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """A description in plain data.

    Attributes
    ----------
    layers
        One entry a node or population, in order.
    ambiguities
        What the file leaves open, what was taken, and the option that says otherwise.
    build
        Of a build: its manifest, whose hashes were compared with its files.
    """

    kind: str
    name: str
    dt: float | None
    channels: int
    decode: str
    encoding: list[str]
    layers: list[dict[str, Any]]
    ambiguities: list[dict[str, str]]
    extra: dict[str, Any]
    build: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the description as plain data."""
        plain = asdict(self)
        left_out = {"extra"} if self.build is not None else {"extra", "build"}
        return {**{k: v for k, v in plain.items() if k not in left_out}, **self.extra}


def inspect(model: Model | Network | str | Path, options: ModelOptions | None = None) -> Inspection:
    """Describe a model (``.nir``), a network (``.rvn``) or a build directory.

    Raises
    ------
    RanvierError
        M0.., N0.. for what is wrong with a file, B00., B011 with a build.
    """
    if not isinstance(model, (str, Path)):
        return _network(model) if isinstance(model, Network) else _model(model)
    if is_dir(Path(model)):
        return _build(model, options)
    try:
        found = load(model, options)
    except RanvierError as e:
        if e.code != "M005" or (options is not None and options.dt is not None):
            raise
        return _without_dt(model, options or ModelOptions(), e)
    return _network(found) if isinstance(found, Network) else _model(found)


def _build(path: str | Path, options: ModelOptions | None) -> Inspection:
    if options not in (None, ModelOptions()):
        raise RanvierError(
            "M013", "a build says itself what it means", loc=str(path), hint="leave the options out"
        )
    found = open_build(path)
    return replace(_network(found.network), kind="build", build=found.manifest)


def _without_dt(path: str | Path, options: ModelOptions, error: RanvierError) -> Inspection:
    """Describe a model whose file does not say how long a step is: that is asked first."""
    try:
        found = load(path, replace(options, dt=_ANY_DT))
    except (
        RanvierError
    ):  # of the step that was put in, perhaps: what is known is that there is none
        raise error from None
    assert isinstance(found, Model)
    asked = Ambiguity(topic="dt", what=error.what, taken="nothing", option="--dt", must=True)
    neurons = [n for n in found.nodes if isinstance(n, Neurons)]
    unsaid = any(a.topic == "dialect" for a in found.ambiguities)
    rest = evidence.ambiguities(neurons, None if unsaid else found.dialect, None, options)
    loops = (a for a in found.ambiguities if a.topic == "loop")
    report = _model(found)
    layers = [{**n, "parameters": {}} if n["kind"] == "Delay" else n for n in report.layers]
    notes = [asdict(a) for a in (asked, *rest, *loops)]
    return replace(report, dt=None, layers=layers, ambiguities=notes)


def _model(model: Model) -> Inspection:
    into: dict[str, list[Edge]] = {n.name: [] for n in model.nodes}
    for e in model.edges:
        into[e.target].append(e)
    return Inspection(
        kind="model",
        name=model.name,
        dt=model.dt,
        channels=model.raw_channels,
        decode=model.decode,
        encoding=[
            *([f"raw {model.encoding.raw}"] if model.encoding else []),
            *(s.kind for s in (model.encoding.stages if model.encoding else ())),
        ],
        layers=[
            {
                "name": n.name,
                "inputs": [e.source for e in into[n.name]],
                "delays": [e.delay for e in into[n.name]],
                **_node(n),
            }
            for n in model.nodes
        ],
        ambiguities=[asdict(a) for a in model.ambiguities],
        extra={"dialect": model.dialect, "classes": list(model.classes)},
    )


def _node(node: Node) -> dict[str, Any]:
    match node:
        case Linear():
            kind = "Linear" if node.bias is None else "Affine"
            zero = float(np.mean(node.weight == 0))
            return {"kind": kind, "shape": [node.inputs, node.size], "parameters": {
                "weight": _range(node.weight), "zero_weights": zero}}  # fmt: skip
        case Conv():
            return {"kind": "Conv", "shape": [node.inputs, node.size], "parameters": {
                "weight": _range(node.weight), "kernel": list(node.weight.shape),
                "input_shape": list(node.input_shape), "stride": list(node.stride),
                "padding": list(node.padding), "dilation": list(node.dilation),
                "groups": node.groups}}  # fmt: skip
        case Pool():
            return {"kind": "Pool", "shape": [node.inputs, node.size], "parameters": {
                "kernel": list(node.kernel), "input_shape": list(node.input_shape),
                "stride": list(node.stride), "padding": list(node.padding),
                "weight": node.weight}}  # fmt: skip
        case Delay():
            return {"kind": "Delay", "shape": [node.size], "parameters": {
                "steps": [int(node.steps.min()), int(node.steps.max())]}}  # fmt: skip
        case Neurons():
            fields = ("tau_mem", "tau_syn", "r", "v_leak", "v_threshold", "v_reset", "w_in")
            found = {f: getattr(node, f) for f in fields if getattr(node, f) is not None}
            return {
                "kind": node.kind,
                "shape": [node.size],
                "parameters": {f: _range(x) for f, x in found.items()},
                "dynamics": asdict(node.dynamics),
            }
        case _:
            return {"kind": type(node).__name__, "shape": [node.size], "parameters": {}}


def _range(x: Any) -> list[float]:
    return [float(np.min(x)), float(np.max(x))]


def _network(network: Network) -> Inspection:
    layers = []
    for p in network.populations:
        incoming = [q for q in network.projections if q.target == p.name]
        layers.append(
            {
                "name": p.name,
                "inputs": [q.source for q in incoming],
                "kind": "readout" if p.fire is None else "spiking",
                "shape": [p.size],
                "parameters": {
                    "synapses": sum(
                        int(np.prod(connections.shape(q.connection))) for q in incoming
                    ),
                    "weight_bits": [q.bits for q in incoming],
                    "state_bits": p.bits,
                    "decay": p.decay.kind,
                    "threshold": None if p.fire is None else _range(p.fire.threshold),
                    "lsb": _range(p.scale),
                },
            }
        )
    return Inspection(
        kind="network",
        name=network.name,
        dt=network.dt,
        channels=network.encoding.channels,
        decode=network.decode.rule,
        encoding=[
            f"raw {network.encoding.raw}",
            *(type(s).__name__.removesuffix("Stage").lower() for s in network.encoding.stages),
        ],
        layers=layers,
        ambiguities=[],
        extra={
            "signature": rvn.signature(network).hex(),
            "classes": list(network.decode.classes),
        },
    )
