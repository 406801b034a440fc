# SPDX-License-Identifier: Apache-2.0
"""Post-training quantisation: a calibrated float model in, a proved integer network out."""

from dataclasses import dataclass

import numpy as np

from ranvier import bounds, floating, passes
from ranvier.check import check
from ranvier.errors import RanvierError
from ranvier.floating import FloatTrace
from ranvier.frontends.data import Data
from ranvier.ir import (
    INPUT,
    Decode,
    Dense,
    Fire,
    IntArray,
    Network,
    Population,
    Projection,
    Reset,
    SynapticState,
)
from ranvier.model import FloatArray, Linear, Model, Neurons
from ranvier.qformat import int_max
from ranvier.quantize.decay import quantize_decay
from ranvier.quantize.encode import quantize_encoding
from ranvier.quantize.scales import Incoming, Scales, choose

STATE_BITS = (16, 24, 32)
DRIFT = 2.0**-6  # the largest drift by floors that a chosen state width may have


@dataclass(frozen=True, slots=True, kw_only=True)
class Formats:
    """Word lengths to quantise to; `state` None: the narrowest that range analysis allows."""

    weights: int = 8
    state: int | None = None


@dataclass(frozen=True, slots=True)
class Gains:
    """A layer's difference equation ``v = alpha v + gain x + leak``, (size,) each.

    With a synaptic state, ``i' = alpha_syn i' + gain x; v = alpha v + i' + leak``: the gain of the
    membrane is folded into the current, so that both add up without a multiplication.
    """

    alpha: FloatArray
    alpha_syn: FloatArray | None
    gain: FloatArray
    current: FloatArray  # i' = current * i
    leak: FloatArray

    @property
    def alphas(self) -> tuple[FloatArray, ...]:
        """The decay factors of all states."""
        return (self.alpha,) if self.alpha_syn is None else (self.alpha, self.alpha_syn)


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
    trace = floating.simulate(normal, calib.x)
    diverging = floating.diverging(trace)
    if diverging is not None:
        raise RanvierError(
            "Q006",
            "the float model leaves the range of 32-bit floats on the calibration data",
            loc=f"{model.name}:{diverging}",
            hint="check the weights and the scale of the recordings",
        )
    encoding, input_unit = quantize_encoding(normal, calib)
    encoded = floating.encode(normal.encoding, calib.x)
    energy = float((encoded.astype(np.float64) ** 2).sum(axis=2).mean())
    energies = {INPUT: (float(_coarse(np.array(energy))), input_unit)}
    for name, spikes in trace.spikes.items():
        energies[name] = (float(spikes.sum(axis=2).mean()), 1.0)
    populations: list[Population] = []
    projections: list[Projection] = []
    for layer in normal.neurons:
        population, incoming = _layer(normal, layer, trace, energies, formats)
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
    trace: FloatTrace,
    energies: dict[str, tuple[float, float]],
    formats: Formats,
) -> tuple[Population, list[Projection]]:
    gains = difference_equation(model, layer)
    linears = [
        n for n in (model.node(s) for s in model.sources(layer.name)) if isinstance(n, Linear)
    ]
    sources = [model.sources(n.name)[0] for n in linears]
    incoming = tuple(
        Incoming(gains.gain[:, None] * n.weight, energies[s][1], energies[s][0])
        for n, s in zip(linears, sources, strict=True)
    )
    bias = sum((gains.gain * n.bias for n in linears if n.bias is not None), np.zeros(layer.size))
    reach, extra = _reaches(layer, trace, gains)
    reach = _coarse(reach)
    for bits in STATE_BITS if formats.state is None else (formats.state,):
        scales = choose(incoming, reach, formats.weights, bits, shared=not layer.fires)
        if max(_drift(scales.unit, reach, a) for a in gains.alphas) <= DRIFT:
            break
    state_unit = scales.unit * 2.0**extra
    zero = np.zeros(1, np.int64)
    synapses: tuple[SynapticState, ...] = ()
    if gains.alpha_syn is not None:
        synapses = (
            SynapticState(
                decay=quantize_decay(gains.alpha_syn),
                read=layer.dynamics.synapse_read,
                bias=_shared(np.rint(bias / scales.unit)),
                bits=bits,
                gain=np.ones(1, np.int64),
                gain_shift=extra,
            ),
        )
        bias = np.zeros(layer.size)
    population = Population(
        name=layer.name,
        size=layer.size,
        synapses=synapses,
        decay=quantize_decay(gains.alpha),
        bias=_shared(np.rint((gains.leak + bias) / state_unit)),
        bits=bits,
        fire=_fire(layer, state_unit),
        reset=_reset(layer, state_unit) if layer.fires else Reset(value=zero),
        scale=state_unit,
    )
    return population, [
        _projection(source, layer, p, scales, k, formats)
        for k, (source, p) in enumerate(zip(sources, incoming, strict=True))
    ]


def _drift(unit: FloatArray, reach: FloatArray, alpha: FloatArray) -> float:
    """Return how far floors can hold a state from where it should settle, relative to its range.

    Each step's floor errs by less than one unit, and 1 - alpha of the state leaks in a step, so
    that the errors of all steps add up to less than ``unit / (1 - alpha)``.
    """
    leaks = alpha < 1
    return float((unit / np.maximum(reach, 1e-12) / (1 - alpha + ~leaks))[leaks].max(initial=0.0))


def _coarse(x: FloatArray) -> FloatArray:
    """Return x rounded up to 6 significant bits.

    What is measured in floats differs in its last bits between processors, whose linear algebra
    sums in other orders; the network made from it must not.
    """
    mantissa, exponent = np.frexp(x)
    return np.asarray(np.ldexp(np.ceil(mantissa * 64) / 64, exponent))


def difference_equation(model: Model, layer: Neurons) -> Gains:
    """Return the forward-Euler difference equation of `layer`."""
    one = np.ones(layer.size)
    k_mem = model.dt / layer.tau_mem if layer.tau_mem is not None else 0 * one
    k_syn = model.dt / layer.tau_syn if layer.tau_syn is not None else 0 * one
    current = k_mem * layer.r if layer.tau_mem is not None else model.dt * layer.r
    leak = k_mem * layer.v_leak if layer.v_leak is not None else 0 * one
    if layer.tau_syn is None:
        return Gains(1 - k_mem, None, current, current, leak)
    w_in = layer.w_in if layer.w_in is not None else one
    return Gains(1 - k_mem, 1 - k_syn, current * k_syn * w_in, current, leak)


def _check_step(model: Model, layer: Neurons) -> None:
    """Refuse a step longer than a time constant: forward Euler is then unstable."""
    shortest = min(
        (float(tau.min()) for tau in (layer.tau_mem, layer.tau_syn) if tau is not None),
        default=float("inf"),
    )
    if model.dt > shortest:
        raise RanvierError(
            "Q004",
            f"dt = {model.dt:g} s is longer than the shortest time constant, {shortest:g} s",
            loc=f"{model.name}:{layer.name}",
            hint="forward Euler is unstable there: is --dt right, and is tau in seconds?",
        )


def _reaches(layer: Neurons, trace: FloatTrace, gains: Gains) -> tuple[FloatArray, int]:
    """Return the largest magnitude of the state that input drives, and its extra fraction bits.

    Without synaptic states that is the membrane. A synaptic state spans less than the membrane
    that integrates it, so its unit is 2**extra times finer.
    """
    v = trace.v_range[layer.name]
    reach = np.maximum(np.abs(v.low), np.abs(v.high))
    for limit in (layer.v_threshold, layer.v_reset):
        if limit is not None:
            reach = np.maximum(reach, np.abs(limit))
    if gains.alpha_syn is None:
        return reach, 0
    i = trace.i_range[layer.name]
    current = np.maximum(np.abs(i.low), np.abs(i.high)) * np.abs(gains.current)
    spread = reach / np.maximum(current, 1e-12)
    extra = int(np.clip(np.floor(np.log2(max(float(spread.min()), 1.0))), 0, 8))
    return np.maximum(reach / 2.0**extra, current), extra


def _projection(
    source: str, layer: Neurons, p: Incoming, scales: Scales, k: int, formats: Formats
) -> Projection:
    step = scales.unit * 2.0 ** scales.shifts[k] / p.unit
    limit = int_max(formats.weights)
    raw = np.clip(np.rint(p.weight / step[:, None]), -limit, limit).astype(np.int64)
    return Projection(
        source=source,
        target=layer.name,
        connection=Dense(weight=raw),
        bits=formats.weights,
        shift=scales.shifts[k],
    )


def _fire(layer: Neurons, unit: FloatArray) -> Fire | None:
    """Return the rule whose integers fire exactly where ``v * unit`` passes the threshold."""
    if layer.v_threshold is None:
        return None
    level = layer.v_threshold / unit
    compare = layer.dynamics.compare
    whole = np.floor(level) if compare == ">" else np.ceil(level)
    return Fire(compare=compare, threshold=whole.astype(np.int64))


def _reset(layer: Neurons, unit: FloatArray) -> Reset:
    value = layer.v_reset if layer.v_reset is not None else np.zeros(layer.size)
    return Reset(kind=layer.dynamics.reset, value=_shared(np.rint(value / unit)))


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
