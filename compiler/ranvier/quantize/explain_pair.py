# SPDX-License-Identifier: Apache-2.0
"""A model and the network made from it, layer beside layer, both in the network's units."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

import numpy as np

from ranvier import connections, ir, passes
from ranvier.discrete import Difference, difference
from ranvier.encoding import unit_after
from ranvier.errors import RanvierError
from ranvier.float_maps import ready
from ranvier.ir import INPUT, AffineStage, Network, Population, Projection
from ranvier.model import Model, Neurons
from ranvier.nodes import Conv, Delay, FloatArray, Linear, Map, Pool
from ranvier.quantize.explain_rules import other_rule
from ranvier.quantize.incoming import with_gain

Function: TypeAlias = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, slots=True)
class Drive:
    """What one source adds to a layer: the model's map and the network's connection.

    Attributes
    ----------
    real
        From the source in its units, (batch, sources), to what arrives in units of the state that
        is driven, (batch, size), by the model's weights with all gains folded in.
    whole
        The same by the network's weights, before `shift`.
    unit
        Real value of one unit of the source.
    """

    source: str
    delay: int
    synapse: int
    shift: int
    unit: float
    real: Function
    whole: Function


@dataclass(frozen=True, slots=True)
class Pair:
    """One layer as the model has it and as the network has it.

    Attributes
    ----------
    unit
        Real value of one membrane unit, (size,).
    current_unit
        Of one unit of the synaptic state, in what it adds to the membrane; `unit` without one.
    """

    neurons: Neurons
    rule: Difference
    population: Population
    unit: FloatArray
    current_unit: FloatArray
    drives: tuple[Drive, ...]

    @property
    def name(self) -> str:
        """The layer's name in both."""
        return self.population.name

    @property
    def constant(self) -> FloatArray:
        """What the model adds to the membrane in each step, in units, (size,)."""
        d = self.rule
        own = self._bias if self.neurons.tau_syn is None else np.zeros(len(self.unit))
        return np.asarray((d.leak + own - d.leaks * d.start) / self.unit)

    @property
    def current_constant(self) -> FloatArray:
        """What it adds to the current in each step, in units of that, (size,)."""
        if self.neurons.tau_syn is None:
            return np.zeros(len(self.unit))
        return np.asarray(self._bias / self.current_unit)

    @property
    def _bias(self) -> FloatArray:
        bias = self.neurons.bias
        if bias is None:
            return np.zeros(len(self.unit))
        return np.asarray(self.rule.gain * self.rule.gain_in * bias, np.float64)

    def in_units(self, real: FloatArray | float) -> FloatArray:
        """Return a membrane value in units; integer states are kept relative to their start."""
        return np.asarray((real - self.rule.start) / self.unit)


@dataclass(frozen=True, slots=True)
class Pairs:
    """A whole model beside its network; `model` is the normal form of `original`."""

    original: Model
    model: Model
    network: Network
    input_unit: float
    layers: tuple[Pair, ...]

    def layer(self, name: str) -> Pair:
        """Return the layer called `name`."""
        return next(p for p in self.layers if p.name == name)


def pair(model: Model, network: Network) -> Pairs:
    """Put each layer of `model` beside the population of that name.

    Raises
    ------
    RanvierError
        X001 where the network is not one that was made from this model, X002 where its numerics are
        those of Xylo or SpiNNaker.
    """
    if any(_of_a_chip(p) for p in network.populations):
        raise RanvierError(
            "X002",
            "currents that saturate event by event, or of either sign apart, are not taken apart",
            loc=network.name,
            hint="explain the network of `quantize --numerics native` or `loihi`; `quantize` says "
            "what these numerics cost",
        )
    normal = passes.run(model)
    names = [n.name for n in normal.neurons]
    if names != [p.name for p in network.populations]:
        found = ", ".join(p.name for p in network.populations)
        raise _other(network, f"its layers are {found}; the model's are {', '.join(names)}")
    if normal.raw_channels != network.encoding.channels:
        channels = f"{network.encoding.channels} channels, not {model.raw_channels}"
        raise _other(network, f"it has {channels}")
    if not np.isclose(model.dt, network.dt, rtol=1e-9):
        raise _other(network, f"its step is {network.dt:g} s, not {model.dt:g} s")
    units = {INPUT: input_unit(normal, network), **dict.fromkeys(names, 1.0)}
    layers = tuple(_layer(normal, network, n, units) for n in normal.neurons)
    return Pairs(model, normal, network, units[INPUT], layers)


def _of_a_chip(p: Population) -> bool:
    """Tell whether a layer has rules of Xylo or SpiNNaker, which have no mixture with floats."""
    return p.form == "relax" or any(s.accumulate != "exact" for s in p.synapses)


def input_unit(model: Model, network: Network) -> float:
    """Return the real value of one unit of the encoded input."""
    if model.encoding is None:
        return network.encoding.raw_scale
    unit = 1.0
    scale = next((s.scale for s in model.encoding.stages if s.kind == "affine"), None)
    for stage in network.encoding.stages:
        unit = unit_after(stage, unit)
        if isinstance(stage, AffineStage) and scale is not None and stage.factor.any():
            used = np.flatnonzero(stage.factor)
            gains = np.broadcast_to(scale, stage.factor.shape)[used]
            unit = float(np.median(unit * gains * 2.0**stage.shift / stage.factor[used]))
    return unit


def _layer(model: Model, network: Network, n: Neurons, units: dict[str, float]) -> Pair:
    p, d = network.population(n.name), difference(n, model.dt)
    fires = "fires" if n.fires else "is a readout"
    if p.size != n.size or (p.fire is not None) != n.fires:
        raise _other(network, f"{n.name} has {p.size} neurons; the model's {n.size}, and {fires}")
    if len(p.synapses) == 1 and d.alpha_syn is None:
        # A chip has a current where the model has none: it is what arrives.
        d = replace(d, alpha_syn=np.zeros(n.size), leaks_syn=np.ones(n.size))
    if len(p.synapses) != (0 if d.alpha_syn is None else 1):
        raise _other(network, f"{n.name} has {len(p.synapses)} currents")
    unit = np.broadcast_to(p.scale, (p.size,)).astype(np.float64)
    current = unit
    if p.synapses:
        s = p.synapses[0]
        current = unit * np.maximum(np.broadcast_to(s.gain, (p.size,)), 1) * 2.0**-s.gain_shift
    differs = other_rule(n, p, unit, np.broadcast_to(d.start, (p.size,)))
    if differs:
        raise _other(network, differs)
    drives = _drives(model, network, n, d, current, units)
    return Pair(n, d, p, unit, current, drives)


def _drives(
    model: Model,
    network: Network,
    n: Neurons,
    d: Difference,
    unit: FloatArray,
    units: dict[str, float],
) -> tuple[Drive, ...]:
    """Match a layer's projections with the model's maps by source and delay, in their order."""
    waiting: dict[tuple[str, int], list[Map]] = {}
    for edge in model.into(n.name):
        node, (first,) = model.node(edge.source), model.into(edge.source)
        assert not isinstance(node, (Neurons, Delay))
        folded = with_gain(node, d.gain * d.gain_in)
        waiting.setdefault((first.source, first.delay), []).append(folded)
    drives = []
    for q in (q for q in network.projections if q.target == n.name):
        found = waiting.get((q.source, q.delay))
        if not found:
            raise _other(network, f"{q.source} -> {n.name}, delay {q.delay}, is not in the model")
        node = found.pop(0)
        shape = (node.size, node.inputs)
        if shape != _shape(q):
            raise _other(network, f"{q.source} -> {n.name} is {_shape(q)}; the model's {shape}")
        source_unit = units[q.source]
        drives.append(
            Drive(
                q.source, q.delay, q.synapse, q.shift, source_unit,
                _scaled(ready(node, np.float64), source_unit / unit), of_connection(q.connection),
            )
        )  # fmt: skip
    if any(waiting.values()):
        lost = [f"{source} -> {n.name}" for (source, _), left in waiting.items() if left]
        raise _other(network, f"{', '.join(lost)} is only in the model")
    return tuple(drives)


def of_connection(c: ir.Connection) -> Function:
    """Return what a connection does to reals, before the projection's shift."""
    match c:
        case ir.Dense(weight=w):
            return _ready(Linear(name="", weight=w.astype(np.float64)))
        case ir.Conv():
            return _ready(
                Conv(
                    name="", weight=c.weight.astype(np.float64), input_shape=c.input_shape,
                    stride=c.stride, padding=c.padding, dilation=c.dilation, groups=c.groups,
                )
            )  # fmt: skip
        case ir.Pool():
            return _ready(
                Pool(
                    name="", weight=float(c.weight), input_shape=c.input_shape, kernel=c.kernel,
                    stride=c.stride, padding=c.padding,
                )
            )  # fmt: skip
        case ir.Sparse():
            return partial(connections.by_entries, connections.compressed(c, np.float64))


def _ready(node: Map) -> Function:
    return _scaled(ready(node, np.float64), None)


def _scaled(function: Callable[..., object], factor: FloatArray | None) -> Function:
    def apply(x: FloatArray) -> FloatArray:
        y = np.asarray(function(x), np.float64)
        return y if factor is None else y * factor

    return apply


def _shape(q: Projection) -> tuple[int, int]:
    return connections.shape(q.connection)


def _other(network: Network, what: str) -> RanvierError:
    return RanvierError(
        "X001",
        f"this network was not made from that model: {what}",
        loc=network.name,
        hint="give the model it was quantised from, with the same --dialect, --dt and options",
    )
