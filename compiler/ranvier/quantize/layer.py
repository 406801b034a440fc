# SPDX-License-Identifier: Apache-2.0
"""One layer of neurons as integers, once what a unit of its state is worth has been chosen."""

from dataclasses import replace

import numpy as np

from ranvier.discrete import Difference
from ranvier.errors import RanvierError
from ranvier.ir import Fire, IntArray, Population, Projection, Reset, SynapticState
from ranvier.model import Model
from ranvier.nodes import FloatArray, Neurons
from ranvier.qformat import int_min
from ranvier.quantize.draft import Draft, constants
from ranvier.quantize.incoming import connection
from ranvier.quantize.parameter import parameter


def population(model: Model, made: Draft) -> Population:
    """Return the layer with every parameter in units of its state."""
    layer, d, a = made.layer, made.difference, made.arithmetic
    state_unit = made.unit * 2.0**made.extra
    on_synapse, on_membrane = constants(layer, d, a)
    synapses: tuple[SynapticState, ...] = ()
    if a.synapse is not None:
        synapses = (
            replace(
                a.synapse,
                bias=parameter(np.rint(on_synapse / made.unit)),
                bits=made.state_bits,
                gain_shift=made.extra,
            ),
        )
    return Population(
        name=layer.name,
        size=layer.size,
        synapses=synapses,
        decay=a.decay,
        bias=parameter(np.rint(on_membrane / state_unit)),
        bits=made.state_bits,
        form="relax" if a.relaxes else "add",
        lower_bound=_lower_bound(layer, d, state_unit, made.state_bits),
        fire=_fire(model, layer, d, state_unit),
        reset=_reset(layer, d, state_unit, at_once=a.relaxes),
        scale=state_unit,
    )


def projections(made: Draft) -> list[Projection]:
    """Return the maps into the layer, every weight rounded to the nearest."""
    return [
        Projection(
            source=p.source,
            target=made.layer.name,
            connection=connection(p.map, made.steps(k), made.weight_bits),
            bits=made.weight_bits,
            shift=made.shifts[k],
            delay=p.delay,
        )
        for k, p in enumerate(made.incoming)
    ]


def _fire(model: Model, layer: Neurons, d: Difference, unit: FloatArray) -> Fire | None:
    """Return the rule whose integers fire exactly where ``v * unit`` passes the threshold.

    A membrane is kept relative to where it starts, since integer states start at 0.
    """
    rule = layer.dynamics
    moved = d.start.any() and (layer.v_threshold is None or rule.spikes == "floor")
    if moved:
        raise RanvierError(
            "Q008",
            f"{layer.name} starts at {d.start[np.abs(d.start).argmax()]:g}, not at 0",
            loc=f"{model.name}:{layer.name}",
            hint="readouts, and neurons that fire several times a step, start at 0: set v_leak or "
            "v_reset to 0",
        )
    if layer.v_threshold is None:
        return None
    level = (layer.v_threshold - d.start) / unit
    if rule.spikes == "floor":
        # It is subtracted once a spike, so that what counts is its value.
        whole = np.maximum(np.rint(level), 1)
    else:
        whole = np.floor(level) if rule.compare == ">" else np.ceil(level)
    return Fire(
        compare=rule.compare,
        threshold=whole.astype(np.int64),
        spikes=rule.spikes,
        max_spikes=rule.max_spikes if rule.spikes == "floor" else 1,
    )


def _reset(layer: Neurons, d: Difference, unit: FloatArray, *, at_once: bool) -> Reset:
    if not layer.fires:
        return Reset(value=np.zeros(1, np.int64))
    value = (layer.v_reset if layer.v_reset is not None else np.zeros(layer.size)) - d.start
    rule = layer.dynamics
    timing = "now" if at_once or rule.reset == "none" else rule.reset_timing
    return Reset(kind=rule.reset, value=parameter(np.rint(value / unit)), timing=timing)


def _lower_bound(layer: Neurons, d: Difference, unit: FloatArray, bits: int) -> IntArray | None:
    bound = layer.dynamics.lower_bound
    if bound is None:
        return None
    # Below the word's own end a bound says nothing.
    return parameter(np.maximum(np.rint((bound - d.start) / unit), int_min(bits)))
