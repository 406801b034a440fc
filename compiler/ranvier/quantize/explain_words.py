# SPDX-License-Identifier: Apache-2.0
"""Says what an explanation means, in words that a user can act on."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ranvier.ir import INPUT
from ranvier.metrics import Metric
from ranvier.nodes import Delay
from ranvier.quantize.decay import tau_error
from ranvier.quantize.explain import Explanation, LayerReport
from ranvier.quantize.explain_ablation import Cause, Effect
from ranvier.quantize.explain_first import Contribution, FirstDivergence

LOST = 0.5  # a layer that keeps fewer of its spikes has lost them
SILENT = 0.1  # so has one that loses this part of its neurons
SATURATES = 0.01  # of the steps, or of the distance from silence
SCORE_LOST = 0.01  # what a metric may fall before it is a loss
APART = 0.1  # relative distance at which two runs are no longer alike
COARSE = 16  # units; a threshold of fewer is coarse in itself
FINE = 256  # units; one of more leaves little to gain

Status = Literal["ok", "loss", "fault"]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is wrong with one layer of the network, and what to try.

    `kind` is ``coarse-threshold`` or ``saturation``; `effect` the layer's relative distance that
    this alone causes.
    """

    kind: Literal["coarse-threshold", "saturation"]
    layer: str
    what: str
    hint: str
    effect: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """The whole in one sentence."""

    status: Status
    text: str


def percent(part: float) -> str:
    """Return a part of a whole, to two digits where it is small."""
    if part >= 0.0995:
        return f"{100 * part:.0f} %"
    if part < 1e-5:
        return "under 0.001 %" if part > 0 else "0 %"
    return f"{100 * part:.2g} %"


def six_digits(x: float) -> str:
    """Return a number with six decimals, and no sign where they are all 0."""
    return f"{round(x, 6) + 0.0:.6f}"


def faults(e: Explanation) -> tuple[Fault, ...]:
    """Return what is wrong by name, the worst first."""
    found = [f for r in e.layers for f in (_coarse(e, r), _saturates(e, r)) if f is not None]
    return tuple(sorted(found, key=lambda f: -f.effect))


def verdict(e: Explanation) -> Verdict:
    """Return the whole in one sentence."""
    broken = faults(e)
    scores = _scores(e.float_metric, e.fixed_metric)
    if broken:
        more = f" (and {len(broken) - 1} more)" if len(broken) > 1 else ""
        return Verdict("fault", f"{broken[0].what}{more}; {scores}")
    if e.passes > APART:
        waits = any(isinstance(n, Delay) for n in e.pairs.original.nodes)
        return Verdict(
            "loss",
            f"{scores}; before anything is quantised, simplifying the model moves it by "
            f"{percent(e.passes)} (silence: 100 %)"
            + (": a bias before a Delay starts at once" if waits else ""),
        )
    main, lost = e.causes[0], _lost(e)
    behind = f"{main.name} ({advice(e, main)})"
    if lost is not None and lost > SCORE_LOST:
        return Verdict("loss", f"{scores}; {percent(main.share)} of the difference: {behind}")
    if lost is None and e.total > APART:
        return Verdict(
            "loss",
            f"the network leaves its model by {percent(e.total)} (silence: 100 %); "
            f"{percent(main.share)} of that: {behind}",
        )
    return Verdict("ok", f"the integers follow the model; {scores}, distance {percent(e.total)}")


def advice(e: Explanation, cause: Cause) -> str:
    """Return what lies behind a cause where it costs most, with numbers."""
    if cause.name == INPUT:
        bits = e.input_most.bit_length() + 1
        clip = f", {percent(e.clipped / e.inputs)} of it beyond full scale" if e.clipped else ""
        return f"input spans {bits} bits, off by {percent(e.input_error)} RMS{clip}"
    name = max(cause.per_layer, key=lambda k: cause.per_layer[k].distance)
    report = next(r for r in e.layers if r.pair.name == name)
    return _SENTENCES[cause.name](e, report)


def said(f: FirstDivergence) -> str:
    """Say who fires."""
    if f.float_spikes and f.fixed_spikes:
        return f"{f.float_spikes} spikes in floats, {f.fixed_spikes} in integers"
    return "floats fire, integers do not" if f.float_spikes else "integers fire, floats do not"


def named(c: Contribution) -> str:
    """Name a contribution with its two products."""
    late = f" {c.delay} steps ago" if c.delay else ""
    shift = f" << {c.shift}" if c.shift > 0 else f" >> {-c.shift}" if c.shift < 0 else ""
    return (
        f"{c.source} {c.element}{late}: {c.value:.4g} x {c.weight:.4g}"
        f" | {c.raw_value} x {c.raw_weight}{shift}"
    )


def next_state(bits: int) -> str:
    """Return the option for the next wider state, or what is left where there is none."""
    return {16: "--state 24", 24: "--state 32"}.get(bits, "other scales: it has 32 bits already")


def threshold_units(r: LayerReport) -> tuple[int, int]:
    """Return the lowest and the highest threshold of a firing layer, in units."""
    fire = r.pair.population.fire
    assert fire is not None
    return int(fire.threshold.min()), int(fire.threshold.max())


def _coarse(e: Explanation, r: LayerReport) -> Fault | None:
    """Return the fault of a layer whose own threshold and rounding cost it its spikes."""
    active = int((r.float_spikes > 0).sum())
    before, after = int(r.float_spikes.sum()), int(r.fixed_spikes.sum())
    if not active:
        return None
    name, bits = r.pair.name, r.pair.population.bits
    own = {c.name: _own(r, c.per_layer[name]) for c in e.causes if c.name != INPUT}
    effect = own["rounding"] + own["thresholds"]
    if effect < APART or effect < sum(own.values()) - effect:
        return None
    lost = after < LOST * before or len(r.silent) >= SILENT * active
    if not lost and threshold_units(r)[0] > COARSE:
        return None
    how = "silenced" if not after else f"down to {percent(after / before)} of its spikes"
    if after >= before:
        how = "not what it was"
    return Fault(
        "coarse-threshold",
        name,
        f"{name} is {how}: {_threshold(r, own['thresholds'] > own['rounding'])}",
        f"give its state a finer unit: quantise with {next_state(bits)}",
        effect,
    )


def _threshold(r: LayerReport, moved: bool = False) -> str:
    """Say how coarse a threshold is; `moved`: what it was rounded to matters most."""
    low, high = threshold_units(r)
    name, units = r.pair.name, str(low) if low == high else f"{low} to {high}"
    said = f"threshold of {name} is {units} unit{'' if units == '1' else 's'}"
    if moved and r.pair.neurons.v_threshold is not None:
        wanted = r.pair.in_units(r.pair.neurons.v_threshold)
        said += f" ({wanted.min():.3g} to {wanted.max():.3g} in the model)"
    if moved or low <= COARSE:
        return f"{said}: too coarse"
    return f"{said}, its leak is lost to rounding: too coarse"


def _saturates(e: Explanation, r: LayerReport) -> Fault | None:
    """Return the fault of a layer whose states do not fit their word."""
    name = r.pair.name
    own = next(c for c in e.causes if c.name == "saturation").per_layer[name]
    effect = _own(r, own)
    if r.hit_steps < SATURATES * e.slots and not (r.hit_steps and effect >= SATURATES):
        return None
    bits = r.pair.population.bits
    return Fault(
        "saturation",
        name,
        f"{_saturation(e, r)}: it leaves its {bits}-bit word",
        f"widen it: quantise with {next_state(bits)}, and calibrate on data as large as these",
        effect,
    )


def _own(r: LayerReport, effect: Effect) -> float:
    return effect.layers[r.pair.name]


def _weights(e: Explanation, r: LayerReport) -> str:
    bits = {q.bits for q in e.pairs.network.projections if q.target == r.pair.name}
    words = " and ".join(str(b) for b in sorted(bits))
    more = ""
    if min(bits, default=8) < 8:
        more = f": --weights {r.pair.name}={min(bits) + 1} or more"
    return f"weights of {r.pair.name} have {words} bits{more}"


def _decays(e: Explanation, r: LayerReport) -> str:
    p = r.pair.population
    rules = [p.decay, *(s.decay for s in p.synapses)]
    off = max(tau_error(a, rule) for a, rule in zip(r.pair.rule.alphas, rules, strict=True))
    return f"time constants of {r.pair.name} are off by up to {percent(off)}"


def _thresholds(e: Explanation, r: LayerReport) -> str:
    p, n = r.pair, r.pair.neurons
    if p.population.fire is None or n.v_threshold is None:
        return f"biases of {p.name} are rounded to {_unit(r)}"
    level = p.in_units(n.v_threshold)
    off = np.abs(p.population.fire.threshold - level) / np.maximum(np.abs(level), 1e-12)
    return f"thresholds of {p.name} are off by up to {percent(float(off.max()))}"


def _rounding(e: Explanation, r: LayerReport) -> str:
    if not r.pair.neurons.fires:
        return f"state of {r.pair.name} is rounded to {_unit(r)}"
    low, wider = threshold_units(r)[0], next_state(r.pair.population.bits)
    if low <= COARSE:
        return f"{_threshold(r)}: {wider}"
    more = f": {wider}" if low <= FINE else ""
    return f"a unit of {r.pair.name} is 1/{low} of its lowest threshold{more}"


def _unit(r: LayerReport) -> str:
    return f"units of {float(r.pair.unit.max()):.3g}"


def _saturation(e: Explanation, r: LayerReport) -> str:
    if not r.hit_steps:
        return "no state leaves its word"
    n, size = int((r.hits > 0).sum()), r.pair.population.size
    return (
        f"state of {r.pair.name} saturates in {percent(r.hit_steps / e.slots)} of steps "
        f"({n} of {size} neurons)"
    )


_SENTENCES = {
    "weights": _weights,
    "decay": _decays,
    "thresholds": _thresholds,
    "rounding": _rounding,
    "saturation": _saturation,
}


def _lost(e: Explanation) -> float | None:
    if e.float_metric is None or e.fixed_metric is None:
        return None
    return e.float_metric.value - e.fixed_metric.value


def _scores(a: Metric | None, b: Metric | None) -> str:
    if a is None or b is None:
        return "not scored (no labels)"
    return f"{a.name} {a.value:.4f} in floats, {b.value:.4f} in integers"
