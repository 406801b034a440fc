# SPDX-License-Identifier: Apache-2.0
"""`ranvier explain` as one page."""

import re
from html import escape
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined

from ranvier.metrics import Metric
from ranvier.quantize.explain import Explanation
from ranvier.quantize.explain_ablation import Cause, Effect
from ranvier.quantize.explain_first import FirstDivergence, Term
from ranvier.quantize.explain_layer import CAUSES
from ranvier.quantize.explain_words import Verdict, advice, named, percent, said, six_digits
from ranvier.tools.report import explain_plots as plots
from ranvier.tools.verbs.explain import Explained, layer_json

CONTRIBUTIONS = 10  # of a sum, shown
NEURONS = 24  # of a list, shown


def page(r: Explained) -> str:
    """Return the report as HTML that needs nothing else."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"percent": percent, "options": _options}
    source = files("ranvier.tools.report").joinpath("explain.html.j2").read_text("utf-8")
    e = r.found
    text = environment.from_string(source).render(
        network=e.pairs.network.name,
        verdict=r.verdict,
        headline=_capital(r.verdict),
        word={"ok": "In agreement", "loss": "Loss", "fault": "Fault"}[r.verdict.status],
        faults=r.faults,
        data=r.evaluated_on,
        samples=e.samples,
        steps=e.slots,
        dt=e.pairs.model.dt,
        metric=e.float_metric.name if e.float_metric else None,
        tiles=_tiles(r),
        causes=[_cause(e, c) for c in e.causes],
        layers=[layer_json(e, x) for x in e.layers],
        slots=e.slots,
        first=None if e.first is None else _first(e, e.first),
        rates=[
            {"name": x.pair.name, "svg": plots.rates(e, x), "lost": len(x.silent)}
            for x in e.layers
            if x.pair.neurons.fires
        ],
        readouts=[
            {"name": x.pair.name, "svg": svg, "sample": sample, "neuron": k}
            for x in e.layers
            if not x.pair.neurons.fires
            for svg, sample, k in [plots.readout(e, x)]
        ],
        silent=r.silent()[:NEURONS],
        more_silent=max(0, len(r.silent()) - NEURONS),
        saturating=sorted(r.saturating(), key=lambda n: -n["steps"])[:NEURONS],
        more_saturating=max(0, len(r.saturating()) - NEURONS),
    )
    return text.replace(" %", "\N{NO-BREAK SPACE}%")


def _options(text: str) -> str:
    """Return text as HTML, with options of the command line as code, on one line."""
    return re.sub(r"(--[a-z]+ [\w=]*[0-9]+)", r"<code>\1</code>", escape(text))


def _capital(v: Verdict) -> str:
    """Begin a sentence with a capital, unless it begins with a layer's name."""
    return v.text[0].upper() + v.text[1:] if v.status != "fault" else v.text


def _tiles(r: Explained) -> list[dict[str, str]]:
    e = r.found
    tiles = []
    if e.float_metric is not None and e.fixed_metric is not None:
        lost = e.fixed_metric.value - e.float_metric.value
        name = {"r2": "R²"}.get(e.float_metric.name, e.float_metric.name)
        tiles.append({
            "name": name,
            "value": f"{e.float_metric.value:.4f} → {e.fixed_metric.value:.4f}",
            "note": f"{lost:+.4f} from float to integers",
        })  # fmt: skip
    firing = [x for x in e.layers if x.pair.neurons.fires]
    if firing:
        before = sum(int(x.float_spikes.sum()) for x in firing)
        after = sum(int(x.fixed_spikes.sum()) for x in firing)
        moved = sum(x.differing for x in firing)
        total = sum(x.pair.population.size for x in firing) * e.slots
        tiles.append({
            "name": "spikes",
            "value": f"{before} → {after}",
            "note": f"{moved} of {total} slots differ ({percent(moved / total)})",
        })  # fmt: skip
    tiles.append({
        "name": "distance",
        "value": percent(e.total),
        "note": "0 %: the same; 100 %: as far as silence",
    })  # fmt: skip
    full = len(r.saturating())
    neurons = sum(x.pair.population.size for x in e.layers)
    tiles.append({
        "name": "neurons silent, saturating",
        "value": f"{len(r.silent())}, {full}",
        "note": f"of {neurons}",
    })  # fmt: skip
    return tiles


def _cause(e: Explanation, c: Cause) -> dict[str, Any]:
    return {
        "name": c.name,
        "what": CAUSES[c.name],
        "share": c.share,
        "detail": advice(e, c),
        "alone": _effect(c.alone),
        "repaired": _effect(c.repaired),
    }


def _effect(x: Effect) -> dict[str, str]:
    return {"metric": _score(x.metric), "distance": percent(x.distance)}


def _score(m: Metric | None) -> str:
    return "n/a" if m is None else f"{m.value:.4f}"


def _first(e: Explanation, f: FirstDivergence) -> dict[str, Any]:
    rest = f.contributions[CONTRIBUTIONS:]
    rows = [_row(named(c), c.term) for c in f.contributions[:CONTRIBUTIONS]]
    if rest:
        rows.append(
            _row(
                f"{len(rest)} more",
                Term(
                    "", sum(c.term.real for c in rest), sum(c.term.raw for c in rest),
                    sum(c.term.raw_real for c in rest),
                ),
            )
        )  # fmt: skip
    return {
        "place": f,
        "said": said(f),
        "contributions": rows,
        "terms": [_row(t.what, t) for t in (*f.current, *f.membrane)],
        "total": _row("sum", f.total),
        "threshold": _row(f"threshold (fires if sum {f.compare})", f.threshold),
        "raster": plots.raster(e, f),
        "membrane": plots.membrane(e, f),
    }


def _row(what: str, t: Term) -> dict[str, str]:
    return {
        "what": what,
        "real": six_digits(t.real),
        "raw": str(t.raw),
        "raw_real": six_digits(t.raw_real),
        "gap": f"{t.raw_real - t.real:+.6f}",
    }
