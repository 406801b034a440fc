# SPDX-License-Identifier: Apache-2.0
"""Chooses the formats of one layer: what a unit of its state is worth, shifts, word lengths."""

from dataclasses import dataclass, replace

import numpy as np

from ranvier.discrete import Difference, difference
from ranvier.ir import IntArray
from ranvier.model import Model
from ranvier.nodes import Delay, FloatArray, Neurons
from ranvier.qformat import int_max
from ranvier.quantize.calibrate import Calibration, coarse
from ranvier.quantize.formats import Formats
from ranvier.quantize.incoming import Incoming, partition, seen, with_gain
from ranvier.quantize.numerics import Arithmetic
from ranvier.quantize.scales import HEADROOM, Limits, choose, largest_of_group

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
    arithmetic
        How the layer computes.
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
    arithmetic: Arithmetic
    incoming: tuple[Incoming, ...]
    unit: FloatArray
    extra: int
    shifts: tuple[int, ...]
    groups: IntArray
    reach: FloatArray
    finest: FloatArray
    weight_bits: int
    state_bits: int
    error: float  # expected, relative to the ranges
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
    shift: int | None = None,
) -> Draft:
    """Choose the formats of one layer.

    Parameters
    ----------
    units
        Real value of one unit of each source.
    shift
        The only one that projections may have; None: any that the numerics allow.
    """
    d = difference(layer, model.dt)
    a = formats.numerics.arithmetic(layer, d, formats.decay_bits)
    bits = formats.of(layer.name)
    gain = d.gain * d.gain_in * a.drive * a.scale
    incoming = tuple(_incoming(model, layer, gain, seen_on, units))
    reach, extra = _reaches(layer, seen_on, d, finer=formats.numerics.finer)
    reach = coarse(reach)
    groups = partition(incoming, layer.size, shared=formats.shared)
    only = None if shift is None else (shift,)
    limits = Limits(
        shifts=only or a.shifts,
        window_shifts=only or a.window_shifts,
        finest=_finest(layer, d, a, incoming, seen_on, formats.numerics.most_bias),
        grid=formats.numerics.grid,
    )
    for state in formats.states:
        scales = choose(incoming, reach, bits, state, groups, limits)
        if max(_drift(scales.unit, reach, a) for a in d.alphas) <= DRIFT:
            break
    return Draft(
        layer=layer,
        difference=d,
        arithmetic=a,
        incoming=incoming,
        unit=scales.unit,
        extra=extra,
        shifts=scales.shifts,
        groups=groups,
        reach=np.maximum(reach, 1e-12),
        finest=largest_of_group(
            np.maximum(reach * LEAST_HEADROOM / int_max(state), limits.finest), groups
        ),
        weight_bits=bits,
        state_bits=state,
        error=scales.error,
    )


def _finest(
    layer: Neurons,
    d: Difference,
    a: Arithmetic,
    incoming: tuple[Incoming, ...],
    seen_on: Calibration,
    most_bias: int | None,
) -> FloatArray:
    """Return the unit below which a bias, or what may arrive at once, is more than there is."""
    finest = np.zeros(layer.size)
    if most_bias is not None:
        finest = np.abs(constants(layer, d, a)[1]) / most_bias
    if a.most_drive is not None:
        parts = (p.most(seen_on.peak[p.source], seen_on.busiest[p.source]) for p in incoming)
        total = coarse(sum(parts, np.zeros(layer.size)))
        finest = np.maximum(finest, total * HEADROOM / a.most_drive)
    return finest


def constants(layer: Neurons, d: Difference, a: Arithmetic) -> tuple[FloatArray, FloatArray]:
    """Return what is added to the synaptic state and to the membrane in each step, real."""
    none = np.zeros(layer.size)
    bias = d.gain * d.gain_in * layer.bias if layer.bias is not None else none
    rest = d.leak - d.leaks * d.start
    if d.leaks_syn is None:
        return none, (rest + bias) * a.scale
    if not a.steady:
        return bias, rest * a.scale
    if bias.any():
        assert d.alpha_syn is not None
        later = layer.dynamics.synapse_order == "add-then-decay"
        bias = bias * (d.alpha_syn if later else 1.0) / d.leaks_syn
    return none, (rest + bias) * a.scale


def _incoming(
    model: Model,
    layer: Neurons,
    gain: FloatArray,
    seen_on: Calibration,
    units: dict[str, float],
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


def _reaches(
    layer: Neurons, seen_on: Calibration, d: Difference, *, finer: bool
) -> tuple[FloatArray, int]:
    """Return the largest magnitude of the state that input drives, and its extra fraction bits.

    Without synaptic states that is the membrane. A synaptic state spans less than the membrane
    that integrates it, so its unit is 2**extra times finer, if it may be.
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
    if not finer:
        return np.maximum(reach, current), 0
    spread = reach / np.maximum(current, 1e-12)
    extra = int(np.clip(np.floor(np.log2(max(float(spread.min()), 1.0))), 0, 8))
    return np.maximum(reach / 2.0**extra, current), extra
