# SPDX-License-Identifier: Apache-2.0
"""One layer of neurons as integers, once what a unit of its state is worth has been chosen."""

from dataclasses import dataclass, replace

import numpy as np

from ranvier.discrete import Difference, difference
from ranvier.errors import RanvierError
from ranvier.ir import Fire, IntArray, Population, Projection, Reset, SynapticState
from ranvier.model import Model
from ranvier.nodes import Delay, FloatArray, Neurons
from ranvier.qformat import int_max, int_min
from ranvier.quantize.calibrate import Calibration, coarse
from ranvier.quantize.decay import quantize_decay
from ranvier.quantize.formats import STATE_BITS, Formats
from ranvier.quantize.incoming import Incoming, connection, partition, seen, with_gain
from ranvier.quantize.parameter import parameter
from ranvier.quantize.scales import choose, largest_of_group

DRIFT = 2.0**-6  # the largest drift by floors that a chosen state width may have
LEAST_HEADROOM = 1.3  # of a state over the calibration's extremes, however its scale is refined


@dataclass(frozen=True, slots=True)
class Draft:
    """A layer whose formats are chosen.

    Attributes
    ----------
    unit
        Real value of one unit of the state that input drives, (size,): the synaptic state's where
        there is one, else the membrane's.
    extra
        The membrane's unit is ``2**extra`` times larger.
    shifts
        Of each incoming map.
    groups
        Neurons of one number share a scale, (size,).
    reach
        Largest magnitude of that state on the calibration data, (size,), real.
    finest
        The unit below which it would have too little headroom, (size,).
    grain
        Units are multiples of this; 0: of nothing.
    """

    layer: Neurons
    difference: Difference
    incoming: tuple[Incoming, ...]
    unit: FloatArray
    extra: int
    shifts: tuple[int, ...]
    groups: IntArray
    reach: FloatArray
    finest: FloatArray
    weight_bits: int
    state_bits: int
    decay_bits: int
    grain: float = 0.0

    def steps(self, k: int) -> FloatArray:
        """Return the real value of one unit of a weight of the k-th map, by neuron, (size,)."""
        return self.unit * 2.0 ** self.shifts[k] / self.incoming[k].unit

    def scaled(self, factor: FloatArray) -> "Draft":
        """Return the draft with units `factor` (size,) times as large, up to the next multiple."""
        unit = self.unit * factor
        if self.grain:
            # A multiple is not to become the next by what multiplying rounds.
            unit = np.ceil(unit / self.grain - 1e-6) * self.grain
        return replace(self, unit=unit)


def draft(
    model: Model,
    layer: Neurons,
    seen_on: Calibration,
    units: dict[str, float],
    formats: Formats,
) -> Draft:
    """Choose the formats of one layer.

    Parameters
    ----------
    units
        Real value of one unit of each source.
    """
    d = difference(layer, model.dt)
    bits = formats.of(layer.name)
    incoming = tuple(_incoming(model, layer, d.gain * d.gain_in, seen_on, units))
    reach, extra = _reaches(layer, seen_on, d)
    reach = coarse(reach)
    groups = partition(incoming, layer.size, shared=formats.scales == "tensor")
    for state in STATE_BITS if formats.state is None else (formats.state,):
        scales = choose(incoming, reach, bits, state, groups)
        if max(_drift(scales.unit, reach, a) for a in d.alphas) <= DRIFT:
            break
    return Draft(
        layer=layer,
        difference=d,
        incoming=incoming,
        unit=scales.unit,
        extra=extra,
        shifts=scales.shifts,
        groups=groups,
        reach=np.maximum(reach, 1e-12),
        finest=largest_of_group(reach * LEAST_HEADROOM / int_max(state), groups),
        weight_bits=bits,
        state_bits=state,
        decay_bits=formats.decay,
    )


def population(model: Model, made: Draft) -> Population:
    """Return the layer with every parameter in units of its state."""
    layer, d = made.layer, made.difference
    state_unit = made.unit * 2.0**made.extra
    gain = d.gain * d.gain_in
    bias = gain * layer.bias if layer.bias is not None else np.zeros(layer.size)
    synapses: tuple[SynapticState, ...] = ()
    if d.alpha_syn is not None:
        synapses = (
            SynapticState(
                decay=quantize_decay(d.alpha_syn, made.decay_bits),
                order=layer.dynamics.synapse_order,
                read=layer.dynamics.synapse_read,
                bias=parameter(np.rint(bias / made.unit)),
                bits=made.state_bits,
                gain=np.ones(1, np.int64),
                gain_shift=made.extra,
            ),
        )
        bias = np.zeros(layer.size)
    constant = d.leak + bias - d.leaks * d.start
    return Population(
        name=layer.name,
        size=layer.size,
        synapses=synapses,
        decay=quantize_decay(d.alpha, made.decay_bits),
        bias=parameter(np.rint(constant / state_unit)),
        bits=made.state_bits,
        lower_bound=_lower_bound(layer, d, state_unit, made.state_bits),
        fire=_fire(model, layer, d, state_unit),
        reset=_reset(layer, d, state_unit),
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


def _incoming(
    model: Model, layer: Neurons, gain: FloatArray, seen_on: Calibration, units: dict[str, float]
) -> list[Incoming]:
    """Return the maps into a layer, its gain folded in."""
    found = []
    for into in model.into(layer.name):
        node, (first,) = model.node(into.source), model.into(into.source)
        assert not isinstance(node, (Neurons, Delay))
        folded = with_gain(node, gain)
        energy = seen_on.energy[first.source] * seen(folded)
        found.append(Incoming(first.source, first.delay, folded, units[first.source], energy))
    return found


def _drift(unit: FloatArray, reach: FloatArray, alpha: FloatArray) -> float:
    """Return how far floors can hold a state from where it should settle, relative to its range.

    Each step's floor errs by less than one unit, and 1 - alpha of the state leaks in a step, so
    that the errors of all steps add up to less than ``unit / (1 - alpha)``.
    """
    leaks = alpha < 1
    return float((unit / np.maximum(reach, 1e-12) / (1 - alpha + ~leaks))[leaks].max(initial=0.0))


def _reaches(layer: Neurons, seen_on: Calibration, d: Difference) -> tuple[FloatArray, int]:
    """Return the largest magnitude of the state that input drives, and its extra fraction bits.

    Without synaptic states that is the membrane. A synaptic state spans less than the membrane
    that integrates it, so its unit is 2**extra times finer.
    """
    v = seen_on.v_range[layer.name]
    reach = np.maximum(np.abs(v.low - d.start), np.abs(v.high - d.start))
    for limit in (layer.v_threshold, layer.v_reset):
        if limit is not None:
            reach = np.maximum(reach, np.abs(limit - d.start))
    if d.alpha_syn is None:
        return reach, 0
    i = seen_on.i_range[layer.name]
    current = np.maximum(np.abs(i.low), np.abs(i.high)) * np.abs(d.gain)
    spread = reach / np.maximum(current, 1e-12)
    extra = int(np.clip(np.floor(np.log2(max(float(spread.min()), 1.0))), 0, 8))
    return np.maximum(reach / 2.0**extra, current), extra


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


def _reset(layer: Neurons, d: Difference, unit: FloatArray) -> Reset:
    if not layer.fires:
        return Reset(value=np.zeros(1, np.int64))
    value = (layer.v_reset if layer.v_reset is not None else np.zeros(layer.size)) - d.start
    rule = layer.dynamics
    timing = "now" if rule.reset == "none" else rule.reset_timing
    return Reset(kind=rule.reset, value=parameter(np.rint(value / unit)), timing=timing)


def _lower_bound(layer: Neurons, d: Difference, unit: FloatArray, bits: int) -> IntArray | None:
    bound = layer.dynamics.lower_bound
    if bound is None:
        return None
    # Below the word's own end a bound says nothing.
    return parameter(np.maximum(np.rint((bound - d.start) / unit), int_min(bits)))
