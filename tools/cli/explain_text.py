# SPDX-License-Identifier: Apache-2.0
"""What `ranvier explain` found, as text for a person."""

from collections.abc import Sequence
from pathlib import Path

from ranvier.quantize.explain import Explanation, LayerReport
from ranvier.quantize.explain_ablation import Effect
from ranvier.quantize.explain_first import FirstDivergence, Term
from ranvier.quantize.explain_words import advice, named, percent, said, six_digits
from ranvier.tools.cli.text import metric
from ranvier.tools.report.columns import columns
from ranvier.tools.verbs.explain import Explained, layer_json

CONTRIBUTIONS = 6  # of a sum, shown; --json has all
NEURONS = 6  # of a list, shown
WORTH_SAYING = 1e-3  # relative distance; near-ties stay below


def explanation(r: Explained, written: Path | None) -> str:
    """Say where and why integers part from floats."""
    e = r.found
    parts = [
        f"{r.verdict.status}: {r.verdict.text}",
        *(f"  {f.what}\n    try: {f.hint}" for f in r.faults),
        f"{r.evaluated_on}: {e.samples} samples, {e.slots} steps of {e.pairs.model.dt:g} s",
        columns(_layers(e)),
        *_before(e),
        *_lists(r),
        first(e.first),
        f"causes, each alone put into the float model ({metric(e.float_metric)})",
        columns(_causes(e)),
    ]
    if written is not None:
        parts.append(f"written: {written}")
    return "\n".join(parts)


def _before(e: Explanation) -> list[str]:
    """Say what is not the integers' doing, where it is anything."""
    parts = (
        ("the model was simplified before it was quantised", e.passes),
        ("the network's rules, with the model's own numbers", e.rules),
    )
    return [f"{what}: distance {percent(d)}" for what, d in parts if d > WORTH_SAYING]


def _layers(e: Explanation) -> list[list[object]]:
    rows: list[list[object]] = [
        ["layer", "neurons", "float", "fixed", "distance", "silent", "saturating"]
    ]
    for layer in (layer_json(e, r) for r in e.layers):
        rate = layer["rate"]
        rates = [f"{rate[k]:.4g} Hz" for k in ("float", "fixed")] if rate else ["readout", ""]
        rows.append([
            layer["name"], layer["neurons"], *rates, percent(layer["distance"]), layer["silent"],
            layer["saturating"],
        ])  # fmt: skip
    return rows


def _lists(r: Explained) -> list[str]:
    """Name the neurons that are silent or saturate, the first few of each layer."""
    lines = []
    for x in r.found.layers:
        if len(x.silent):
            lost = [f"{k} ({x.float_spikes[k]} spikes)" for k in x.silent]
            lines.append(f"silent in {x.pair.name}, of those that fire in floats: {_few(lost)}")
        if x.hits.any():
            full = [f"{k} ({x.hits[k]} steps)" for k in _most(x) if x.hits[k]]
            lines.append(f"saturating in {x.pair.name}: {_few(full)}")
    return lines


def _most(x: LayerReport) -> list[int]:
    return sorted(range(len(x.hits)), key=lambda k: -x.hits[k])


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - NEURONS} more" if len(names) > NEURONS else ""
    return ", ".join(names[:NEURONS]) + more


def first(f: FirstDivergence | None) -> str:
    """Spell out both sums of the first divergence."""
    if f is None:
        return "first divergence: none; every spike is the same"
    rows: list[list[object]] = [
        ["arrives (float | integer)", "float", "integer", "as real", "difference"]
    ]
    for c in f.contributions[:CONTRIBUTIONS]:
        rows.append(_row(f"  {named(c)}", c.term))
    rest = f.contributions[CONTRIBUTIONS:]
    if rest:
        total = Term(
            "", sum(c.term.real for c in rest), sum(c.term.raw for c in rest),
            sum(c.term.raw_real for c in rest),
        )  # fmt: skip
        rows.append(_row(f"  {len(rest)} more", total))
    for term in (*f.current, *f.membrane):
        rows.append(_row(term.what, term))
    rows.append(_row("sum", f.total))
    rows.append(_row(f"fires if {f.compare}", f.threshold))
    start = f"; relative to the start at {f.start:g}" if f.start else ""
    return (
        f"first divergence: sample {f.sample}, step {f.step}, {f.layer} neuron {f.neuron}: "
        f"{said(f)}\n  a unit is {f.unit:.6g}{start}\n{columns(rows)}"
    )


def _row(what: str, t: Term) -> list[object]:
    gap = f"{t.raw_real - t.real:+.6f}"
    return [what, six_digits(t.real), t.raw, six_digits(t.raw_real), gap]


def _causes(e: Explanation) -> list[list[object]]:
    kind = e.float_metric.name if e.float_metric else "score"
    rows: list[list[object]] = [
        ["cause", "share", kind, "distance", "if repaired", "where it costs most"]
    ]
    rows += [
        [
            c.name, percent(c.share), _score(c.alone), percent(c.alone.distance),
            f"{_score(c.repaired)}, {percent(c.repaired.distance)}", advice(e, c),
        ]
        for c in e.causes
    ]  # fmt: skip
    return rows


def _score(x: Effect) -> str:
    return "-" if x.metric is None else f"{x.metric.value:.4f}"
