# SPDX-License-Identifier: Apache-2.0
"""``ranvier explain``: where and why a network's integers part from its float model."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ranvier import floating, rvn
from ranvier.frontends.data import Data
from ranvier.frontends.options import ModelOptions
from ranvier.ir import Network
from ranvier.model import Ambiguity, Model
from ranvier.quantize.explain import Batch, Explanation, LayerReport, explain_network
from ranvier.quantize.explain_ablation import Cause, Effect
from ranvier.quantize.explain_distance import TAU_STEPS
from ranvier.quantize.explain_first import Contribution, FirstDivergence, Term
from ranvier.quantize.explain_layer import CAUSES
from ranvier.quantize.explain_pair import pair
from ranvier.quantize.explain_words import Fault, Verdict, advice, faults, verdict
from ranvier.tools.verbs import prepare
from ranvier.tools.verbs.batches import at_once, steps_of
from ranvier.tools.verbs.load import as_data, load_model, load_network
from ranvier.tools.verbs.simulate import metric_json

_RUNS = 4  # whose signals are held at once: both sides, and two mixtures


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A model and its network on data, and what sets them apart.

    Attributes
    ----------
    found
        All that was measured.
    verdict
        The whole in one sentence.
    faults
        What is wrong by name, the worst first.
    """

    found: Explanation
    verdict: Verdict
    faults: tuple[Fault, ...]
    evaluated_on: str
    ambiguities: tuple[Ambiguity, ...]

    def silent(self) -> list[dict[str, Any]]:
        """Return the neurons that fire in the model and never in the network."""
        return [
            {"layer": r.pair.name, "neuron": int(k), "float_spikes": int(r.float_spikes[k])}
            for r in self.found.layers
            for k in r.silent
        ]

    def saturating(self) -> list[dict[str, Any]]:
        """Return the neurons whose states did not fit their word, and in how many steps."""
        return [
            {
                "layer": r.pair.name,
                "neuron": int(k),
                "steps": int(r.hits[k]),
                "share": float(r.hits[k] / self.found.slots),
            }
            for r in self.found.layers
            for k in np.flatnonzero(r.hits)
        ]

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain data."""
        e = self.found
        return {
            "network": e.pairs.network.name,
            "signature": rvn.signature(e.pairs.network).hex(),
            "evaluated_on": self.evaluated_on,
            "samples": e.samples,
            "steps": e.slots,
            "verdict": asdict(self.verdict),
            "faults": [asdict(f) for f in self.faults],
            "float": {"metric": metric_json(e.float_metric)},
            "fixed": {"metric": metric_json(e.fixed_metric)},
            "distance": {
                "value": e.total,
                "rules": e.rules,
                "passes": e.passes,
                "tau_steps": TAU_STEPS,
            },
            "layers": [layer_json(e, r) for r in e.layers],
            "first_divergence": None if e.first is None else _first(e.first),
            "silent": self.silent(),
            "saturating": self.saturating(),
            "causes": [_cause(e, c) for c in e.causes],
            "input": {"error": e.input_error, "clipped": e.clipped, "values": e.inputs},
            "ambiguities": [asdict(a) for a in self.ambiguities],
        }


def explain(
    model: Model | str | Path,
    network: Network | str | Path,
    data: Data | str | Path,
    *,
    samples: int | None = None,
    options: ModelOptions | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Explained:
    """Explain where and why `network` parts from the `model` it was made from.

    Parameters
    ----------
    data
        Recordings to compare on; they are read, and every signal is held, a batch at a time.
    samples
        Only the first so many.
    progress
        Called with the number of ablations done and to do, over all batches.

    Raises
    ------
    RanvierError
        X001 where the network was not made from this model, and whatever the files raise.
    """
    found, quantised = load_model(model, options), load_network(network)
    pairs = pair(found, quantised)
    recording = as_data(data, prepare.sample_dt(found)).first(samples)
    recording = prepare.checked(quantised, prepare.for_model(found, recording))
    steps = steps_of(quantised, recording)
    each = max(1, at_once(quantised, recording) // _RUNS)

    def batches() -> Iterator[Batch]:
        for at, x in recording.batches(each):
            raw, clipped = prepare.to_raw_or_refuse(quantised, recording, at, x)
            yield Batch(at, floating.encode(found.encoding, x), raw.astype(np.int64), clipped)

    result = explain_network(
        pairs,
        batches(),
        -(-recording.shape[0] // each),
        lambda: prepare.scorer(recording, steps, quantised.output_size),
        progress,
    )
    return Explained(
        found=result,
        verdict=verdict(result),
        faults=faults(result),
        evaluated_on=recording.name,
        ambiguities=found.ambiguities,
    )


def layer_json(e: Explanation, r: LayerReport) -> dict[str, Any]:
    """Return one layer on both sides as plain data; rates are of a neuron, in spikes a second."""
    fires, p = r.pair.neurons.fires, r.pair.population
    each = e.seconds * p.size
    return {
        "name": p.name,
        "neurons": p.size,
        "spikes": {"float": int(r.float_spikes.sum()), "fixed": int(r.fixed_spikes.sum())}
        if fires
        else None,
        "rate": {
            "float": float(r.float_spikes.sum() / each),
            "fixed": float(r.fixed_spikes.sum() / each),
            "unit": "Hz",
        }
        if fires
        else None,
        "differing": r.differing,
        "distance": r.distance.relative,
        "silent": len(r.silent) if fires else 0,
        "saturating": int(np.count_nonzero(r.hits)),
        "saturated_steps": r.hit_steps,
    }


def _first(f: FirstDivergence) -> dict[str, Any]:
    return {
        "layer": f.layer,
        "neuron": f.neuron,
        "step": f.step,
        "sample": f.sample,
        "spikes": {"float": f.float_spikes, "fixed": f.fixed_spikes},
        "unit": f.unit,
        "start": f.start,
        "compare": f.compare,
        "current": [_term(t) for t in f.current],
        "membrane": [_term(t) for t in f.membrane],
        "total": _term(f.total),
        "threshold": _term(f.threshold),
        "contributions": [_contribution(c) for c in f.contributions],
    }


def _term(t: Term) -> dict[str, Any]:
    return {"what": t.what, "float": t.real, "fixed": t.raw, "fixed_as_real": t.raw_real}


def _contribution(c: Contribution) -> dict[str, Any]:
    return {
        "source": c.source,
        "element": c.element,
        "delay": c.delay,
        "float": {"value": c.value, "weight": c.weight, "product": c.term.real},
        "fixed": {
            "value": c.raw_value, "weight": c.raw_weight, "shift": c.shift, "product": c.term.raw,
        },
        "fixed_as_real": c.term.raw_real,
    }  # fmt: skip


def _cause(e: Explanation, c: Cause) -> dict[str, Any]:
    return {
        "name": c.name,
        "what": CAUSES[c.name],
        "detail": advice(e, c),
        "share": c.share,
        **_effect(c.alone),
        "repaired": _effect(c.repaired),
        "layers": {name: _effect(x) for name, x in c.per_layer.items()},
    }


def _effect(x: Effect) -> dict[str, Any]:
    return {"metric": metric_json(x.metric), "distance": x.distance}
