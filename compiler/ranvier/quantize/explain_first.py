# SPDX-License-Identifier: Apache-2.0
"""The first spike that only one of model and network has, with both sums spelled out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranvier.floating import FloatRun, FloatTrace
from ranvier.floating import decode as decode_float
from ranvier.ir import INPUT
from ranvier.nodes import FloatArray
from ranvier.quantize.explain_layer import CAUSES, MixedLayer
from ranvier.quantize.explain_mixed import arriving
from ranvier.quantize.explain_pair import Drive, Pair, Pairs
from ranvier.reference import Trace

_BATCH = 2**20  # elements of a diagonal that are expanded at a time


@dataclass(frozen=True, slots=True)
class Term:
    """One addend on both sides: the model's, and the network's in integers and in real units."""

    what: str
    real: float
    raw: int
    raw_real: float


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one active element of a source adds.

    Attributes
    ----------
    value, raw_value
        What it gave: spikes, or the input in real units and as an integer.
    weight, raw_weight
        With all gains folded in; the integer one before the projection's shift.
    term
        Their product, the integer one shifted.
    """

    source: str
    element: int
    delay: int
    value: float
    raw_value: int
    weight: float
    raw_weight: int
    shift: int
    term: Term


@dataclass(frozen=True, slots=True)
class FirstDivergence:
    """Where float and integers part company first; all before, in every sample, was equal.

    Attributes
    ----------
    float_spikes, fixed_spikes
        What the neuron gave in this step.
    unit
        Real value of one membrane unit.
    start
        Where the membrane starts; all sums are relative to it.
    current
        The terms of the synaptic state, where the layer has one, and its new value last.
    membrane
        The terms of the membrane.
    total, threshold
        What was compared.
    compare
        ``>`` or ``>=``.
    contributions
        What each active element of the sources added, the largest first; they make up the term
        "arrived".
    """

    layer: str
    neuron: int
    step: int
    sample: int
    float_spikes: int
    fixed_spikes: int
    unit: float
    start: float
    compare: str
    current: tuple[Term, ...]
    membrane: tuple[Term, ...]
    total: Term
    threshold: Term
    contributions: tuple[Contribution, ...]

    @property
    def pulled(self) -> Term:
        """The term of the membrane in which the two sides differ most."""
        return max(self.membrane, key=lambda t: abs(t.real - t.raw_real))


@dataclass(frozen=True, slots=True)
class _At:
    """Where, and each layer's state before that step: the model's."""

    sample: int
    step: int
    layer: str
    neuron: int
    v: dict[str, FloatArray]
    i: dict[str, FloatArray]


def run_float(
    pairs: Pairs, x: NDArray[np.float32], golden: Trace, until: int
) -> tuple[FloatTrace, FirstDivergence | None]:
    """Run the model, and find the first spike that the golden model does not have.

    Parameters
    ----------
    x
        The encoded input in real units, (samples, steps, channels).
    until
        Divergences of this step or a later one are left out.

    Returns
    -------
    tuple
        The model's trace, without ranges and counts, and the first divergence: that of the lowest
        step, then sample, then layer in their order, then neuron; None where there is none.
    """
    samples, steps, _ = x.shape
    run = FloatRun(pairs.model, samples)
    shapes = {p.name: (samples, steps, p.population.size) for p in pairs.layers}
    spikes = {p.name: np.zeros(shapes[p.name], np.uint8) for p in pairs.layers if p.neurons.fires}
    v = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    outputs = sum(shapes[name][2] for name in pairs.model.outputs)
    out = np.zeros((samples, steps, outputs), np.float32)
    found: _At | None = None
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(steps):
            before = {name: (layer.v, layer.i) for name, layer in run.layers.items()}
            out[:, t] = run.step(x[:, t])
            for name in v:
                v[name][:, t] = run.layers[name].v
            for name, record in spikes.items():
                record[:, t] = run.given[name]
            if found is None and t < until:
                found = _differs(spikes, golden, t, before)
    classes = decode_float(pairs.model.decode, out).argmax(axis=1)
    trace = FloatTrace(spikes, v, out, classes, {}, {}, {})
    return trace, None if found is None else _spell(pairs, x, trace, golden, found)


def _differs(
    spikes: dict[str, NDArray[np.uint8]],
    golden: Trace,
    t: int,
    before: dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]],
) -> _At | None:
    apart = {name: s[:, t] != golden.spikes[name][:, t] for name, s in spikes.items()}
    samples = [int(np.flatnonzero(a.any(axis=1))[0]) for a in apart.values() if a.any()]
    if not samples:
        return None
    s = min(samples)
    name = next(name for name, a in apart.items() if a[s].any())
    neuron = int(np.flatnonzero(apart[name][s])[0])
    v = {k: a[s : s + 1].astype(np.float64) for k, (a, _) in before.items()}
    i = {k: a[s : s + 1].astype(np.float64) for k, (_, a) in before.items()}
    return _At(s, t, name, neuron, v, i)


def _spell(
    pairs: Pairs, x: NDArray[np.float32], trace: FloatTrace, golden: Trace, at: _At
) -> FirstDivergence:
    p, s, t, j = pairs.layer(at.layer), at.sample, at.step, at.neuron
    unit = float(p.unit[j])
    own, theirs = MixedLayer(p, (), 1), MixedLayer(p, CAUSES, 1)
    own.v = (at.v[p.name] - p.rule.start) / p.unit
    own.i = at.i[p.name] * p.rule.gain / p.current_unit
    if t:
        theirs.v = golden.v[p.name][s : s + 1, t - 1].astype(np.float64)
        if p.population.synapses:
            theirs.i = golden.synapses[p.name][s : s + 1, t - 1, 0].astype(np.float64)
    given = _signals(x[s] / pairs.input_unit, {k: a[s] for k, a in trace.spikes.items()})
    taken = _signals(golden.inputs[s], {k: a[s] for k, a in golden.spikes.items()})
    own.step(arriving(own, p, given, t))
    theirs.step(arriving(theirs, p, taken, t))
    assert own.last is not None
    assert theirs.last is not None
    assert p.population.fire is not None

    def term(what: str, a: FloatArray, b: FloatArray, worth: float = unit) -> Term:
        real, raw = float(a[0, j]), round(float(b[0, j]))
        return Term(what, real * worth, raw, raw * worth)

    a, b = own.last, theirs.last
    current: tuple[Term, ...] = ()
    if a.current is not None and b.current is not None:
        worth = float(p.current_unit[j])
        names = ("kept of the current", "arrived", "bias of the current", "current then")
        current = tuple(
            term(name, x, y, worth) for name, x, y in zip(names, a.current, b.current, strict=True)
        )
    membrane = [
        term("kept of the membrane", a.kept, b.kept),
        term("current, as the membrane takes it" if current else "arrived", a.arrived, b.arrived),
        term("bias", a.constant, b.constant),
    ]
    if a.subtracted[0, j] or b.subtracted[0, j]:
        membrane.append(term("reset by the spike before", -a.subtracted, -b.subtracted))
    rest_a = a.total - (a.kept + a.arrived + a.constant - a.subtracted)
    rest_b = b.total - (b.kept + b.arrived + b.constant - b.subtracted)
    if abs(rest_a[0, j]) > 1e-6 or abs(rest_b[0, j]) >= 1:
        membrane.append(term("limits and late resets", rest_a, rest_b))
    levels = np.zeros((1, len(p.unit)))
    return FirstDivergence(
        layer=p.name,
        neuron=j,
        step=t,
        sample=s,
        float_spikes=int(trace.spikes[p.name][s, t, j]),
        fixed_spikes=int(golden.spikes[p.name][s, t, j]),
        unit=unit,
        start=float(p.rule.start[j]),
        compare=p.population.fire.compare,
        current=current,
        membrane=tuple(membrane),
        total=term("sum", a.total, b.total),
        threshold=term("threshold", levels + own.level, levels + theirs.level),
        contributions=_contributions(p, j, t, given, taken),
    )


def _signals(
    x: NDArray[np.generic], spikes: dict[str, NDArray[np.generic]]
) -> dict[str, list[FloatArray]]:
    """Return what every source gave in each step of one sample, (1, size) each."""
    return {
        name: [row[None].astype(np.float64) for row in signal]
        for name, signal in {INPUT: x, **spikes}.items()
    }


def _contributions(
    p: Pair, j: int, t: int, given: dict[str, list[FloatArray]], taken: dict[str, list[FloatArray]]
) -> tuple[Contribution, ...]:
    found: list[Contribution] = []
    for d in (d for d in p.drives if t >= d.delay):
        x, raw = given[d.source][t - d.delay][0], taken[d.source][t - d.delay][0]
        found += _of_drive(p, d, j, x, raw)
    return tuple(sorted(found, key=lambda c: (-abs(c.term.real), c.source, c.element)))


def _of_drive(p: Pair, d: Drive, j: int, x: FloatArray, raw: FloatArray) -> list[Contribution]:
    """Return what each active element adds; one that reaches the neuron on neither side adds none.

    A column of the map at a time would do; a batch of a diagonal's rows is faster.
    """
    active = np.flatnonzero((x != 0) | (raw != 0))
    worth = float(p.current_unit[j])
    found = []
    batch = max(1, _BATCH // max(1, len(x)))
    for first in range(0, len(active), batch):
        some = active[first : first + batch]
        ones = np.zeros((len(some), len(x)))
        ones[np.arange(len(some)), some] = 1
        for k, w, q in zip(some, d.real(ones)[:, j], d.whole(ones)[:, j], strict=True):
            if w == 0 and q == 0:
                continue
            step = 2.0**d.shift
            product = q * raw[k]
            whole = int(np.floor(product * step))
            weight, value = float(w) * worth / d.unit, float(x[k]) * d.unit
            term = Term("", weight * value, whole, float(product * step) * worth)
            found.append(
                Contribution(
                    d.source, int(k), d.delay, value, round(float(raw[k])), weight,
                    round(float(q)), d.shift, term,
                )
            )  # fmt: skip
    return found
