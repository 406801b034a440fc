# SPDX-License-Identifier: Apache-2.0
"""Post-training quantisation: a calibrated float model in, a proved integer network out."""

from dataclasses import dataclass

import numpy as np

from ranvier import bounds, passes
from ranvier.check import check
from ranvier.discrete import Difference, difference
from ranvier.errors import RanvierError
from ranvier.frontends.data import Data
from ranvier.ir import (
    INPUT,
    Decode,
    Fire,
    IntArray,
    Network,
    Population,
    Projection,
    Reset,
    SynapticState,
)
from ranvier.model import Model, Neurons
from ranvier.nodes import Delay, FloatArray
from ranvier.quantize.calibrate import Calibration, calibrate, coarse
from ranvier.quantize.decay import quantize_decay
from ranvier.quantize.encode import quantize_encoding
from ranvier.quantize.incoming import Incoming, connection, partition, seen, with_gain
from ranvier.quantize.scales import choose

STATE_BITS = (16, 24, 32)
DRIFT = 2.0**-6  # the largest drift by floors that a chosen state width may have


@dataclass(frozen=True, slots=True, kw_only=True)
class Formats:
    """Word lengths to quantise to; `state` None: the narrowest that range analysis allows."""

    weights: int = 8
    state: int | None = None


def quantize_model(model: Model, calib: Data, formats: Formats) -> Network:
    """Quantise `model`, calibrating ranges on `calib`; labels are not used.

    Raises
    ------
    RanvierError
        Q001.. where the model cannot be expressed: see docs/errors.md.
    """
    normal = passes.run(model)
    for layer in normal.neurons:
        _check_step(normal, layer)
    seen_on = calibrate(normal, calib)
    encoding, input_unit = quantize_encoding(normal, calib)
    units = {INPUT: input_unit, **{p.name: 1.0 for p in normal.neurons}}
    populations: list[Population] = []
    projections: list[Projection] = []
    for layer in normal.neurons:
        population, incoming = _layer(normal, layer, seen_on, units, formats)
        populations.append(population)
        projections += incoming
    network = check(
        Network(
            name=model.name,
            dt=model.dt,
            encoding=encoding,
            populations=tuple(populations),
            projections=tuple(projections),
            decode=Decode(
                rule=model.decode, multiplier=np.ones(1, np.int64), classes=model.classes
            ),
        )
    )
    _prove(network)
    return network


def _layer(
    model: Model,
    layer: Neurons,
    seen_on: Calibration,
    units: dict[str, float],
    formats: Formats,
) -> tuple[Population, list[Projection]]:
    d = difference(layer, model.dt)
    gain = d.gain * d.gain_in
    incoming = tuple(_incoming(model, layer, gain, seen_on, units))
    reach, extra = _reaches(layer, seen_on, d)
    reach = coarse(reach)
    groups = partition(incoming, layer.size, shared=not layer.fires)
    for bits in STATE_BITS if formats.state is None else (formats.state,):
        scales = choose(incoming, reach, formats.weights, bits, groups)
        if max(_drift(scales.unit, reach, a) for a in d.alphas) <= DRIFT:
            break
    state_unit = scales.unit * 2.0**extra
    bias = gain * layer.bias if layer.bias is not None else np.zeros(layer.size)
    synapses: tuple[SynapticState, ...] = ()
    if d.alpha_syn is not None:
        synapses = (
            SynapticState(
                decay=quantize_decay(d.alpha_syn),
                order=layer.dynamics.synapse_order,
                read=layer.dynamics.synapse_read,
                bias=_shared(np.rint(bias / scales.unit)),
                bits=bits,
                gain=np.ones(1, np.int64),
                gain_shift=extra,
            ),
        )
        bias = np.zeros(layer.size)
    constant = d.leak + bias - d.leaks * d.start
    population = Population(
        name=layer.name,
        size=layer.size,
        synapses=synapses,
        decay=quantize_decay(d.alpha),
        bias=_shared(np.rint(constant / state_unit)),
        bits=bits,
        lower_bound=_lower_bound(layer, d, state_unit),
        fire=_fire(model, layer, d, state_unit),
        reset=_reset(layer, d, state_unit),
        scale=state_unit,
    )
    return population, [
        Projection(
            source=p.source,
            target=layer.name,
            connection=connection(p.map, scales.unit * 2.0**shift / p.unit, formats.weights),
            bits=formats.weights,
            shift=shift,
            delay=p.delay,
        )
        for p, shift in zip(incoming, scales.shifts, strict=True)
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


def _check_step(model: Model, layer: Neurons) -> None:
    """Refuse a step longer than a time constant: forward Euler is then unstable."""
    if any((a < 0).any() for a in difference(layer, model.dt).alphas):
        shortest = min(float(t.min()) for t in (layer.tau_mem, layer.tau_syn) if t is not None)
        raise RanvierError(
            "Q004",
            f"dt = {model.dt:g} s is longer than the shortest time constant, {shortest:g} s",
            loc=f"{model.name}:{layer.name}",
            hint="forward Euler is unstable there: is --dt right, and is tau in seconds?",
        )


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
    return Reset(kind=rule.reset, value=_shared(np.rint(value / unit)), timing=timing)


def _lower_bound(layer: Neurons, d: Difference, unit: FloatArray) -> IntArray | None:
    bound = layer.dynamics.lower_bound
    return None if bound is None else _shared(np.rint((bound - d.start) / unit))


def _shared(x: FloatArray) -> IntArray:
    """Return one element where all are equal, else one a neuron."""
    raw = np.asarray(x).astype(np.int64)
    return raw[:1] if (raw == raw[0]).all() else raw


def _prove(network: Network) -> None:
    """Refuse a network in which a 32-bit accumulator could overflow."""
    for q in network.projections:
        word = bounds.sum_interval(network, q).bits
        if word > 32:
            raise RanvierError(
                "Q005",
                f"the sum could need {word} bits; accumulators have 32",
                loc=f"{network.name}:{q.source}->{q.target}",
                hint="use fewer weight bits, or clip the input",
            )
