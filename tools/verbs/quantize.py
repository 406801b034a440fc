# SPDX-License-Identifier: Apache-2.0
"""``ranvier quantize``: a calibrated integer network, and what the integers cost."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ranvier import bounds, connections, passes, rvn
from ranvier.discrete import difference
from ranvier.errors import RanvierError
from ranvier.frontends.data import Data
from ranvier.frontends.options import ModelOptions
from ranvier.ir import Network
from ranvier.metrics import Metric
from ranvier.model import Ambiguity, Model
from ranvier.quantize.decay import tau_error
from ranvier.quantize.formats import Formats, Rounding, ScaleRule, checked
from ranvier.quantize.numerics import numerics as of_name
from ranvier.quantize.ptq import quantize_model
from ranvier.tools.verbs import prepare
from ranvier.tools.verbs.load import as_data, load_model
from ranvier.tools.verbs.measure import measure
from ranvier.tools.verbs.progress import Progress, silent
from ranvier.tools.verbs.search import Found, refuse_weights
from ranvier.tools.verbs.simulate import metric_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantized:
    """A network and what it cost.

    Attributes
    ----------
    numerics
        Whose arithmetic it has.
    float_metric, fixed_metric
        On the evaluation data (the calibration data where none were given); None without labels.
    spikes
        By firing layer: (float, fixed, differing slots).
    saturations
        By layer: states that the overflow rule changed.
    searched
        How the bits were chosen, where they were.
    tau_errors
        By layer: the largest relative error of a time constant.
    """

    network: Network
    numerics: str
    evaluated_on: str
    float_metric: Metric | None
    fixed_metric: Metric | None
    spikes: dict[str, tuple[int, int, int]]
    saturations: dict[str, int]
    tau_errors: dict[str, float]
    searched: Found | None
    ambiguities: tuple[Ambiguity, ...]

    def layers(self) -> list[dict[str, Any]]:
        """Return each layer's formats, proved bounds and rounding as plain data."""
        return [
            {**_layer(self.network, p.name), "tau_error": self.tau_errors[p.name]}
            for p in self.network.populations
        ]

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return {
            "network": self.network.name,
            "numerics": self.numerics,
            "signature": rvn.signature(self.network).hex(),
            "evaluated_on": self.evaluated_on,
            "float": {"metric": metric_json(self.float_metric)},
            "fixed": {"metric": metric_json(self.fixed_metric)},
            "layers": self.layers(),
            "spikes": {
                k: {"float": a, "fixed": b, "differing": c} for k, (a, b, c) in self.spikes.items()
            },
            "saturations": self.saturations,
            **({} if self.searched is None else {"search": self.searched.to_json()}),
            "ambiguities": [asdict(a) for a in self.ambiguities],
        }


def quantize(
    model: Model | str | Path,
    calib: Data | str | Path,
    *,
    data: Data | str | Path | None = None,
    weights: int | None = None,
    layers: tuple[tuple[str, int], ...] = (),
    state: int | None = None,
    decay: int | None = None,
    rounding: Rounding = "compensated",
    scales: ScaleRule = "row",
    numerics: str = "native",
    options: ModelOptions | None = None,
    searched: Found | None = None,
    progress: Progress = silent,
) -> Quantized:
    """Quantise a model after training.

    Parameters
    ----------
    calib
        Recordings that set the ranges; their labels are not used for that.
    data
        Recordings to score on; `calib` where none are given.
    weights
        Bits of a weight, 2..8 or 16; None: 8, or the 16 of SpiNNaker.
    layers
        Bits of the weights into single layers, (name, bits) each.
    state
        Bits of a membrane or synaptic state: 16, 24 or 32; None: for each layer the fewest that
        range analysis allows.
    decay
        Bits of a decay factor, 8..16; None: the most that the numerics have.
    numerics
        ``native``, or ``loihi``, ``netx``, ``spinnaker``, ``xylo``: docs/numerics.md.
    rounding, scales
        As `ranvier.quantize.formats.Formats`.
    searched
        What `ranvier.search` found: the bits of its choice are used, and reported with the rest.
    progress
        Is told, in each pass over the recordings, how many samples of how many are done.

    Raises
    ------
    RanvierError
        Q010 for word lengths or numerics that do not exist, Q013 for bits beside those that were
        searched, and whatever the model or the data raise.
    """
    if searched is not None:
        refuse_weights(weights, layers)
        layers = searched.chosen.bits
    formats = checked(
        Formats(
            numerics=of_name(numerics),
            weights=weights,
            layers=layers,
            state=state,
            decay=decay,
            rounding=rounding,
            scales=scales,
        )
    )
    found = load_model(model, options)
    calibration = prepare.for_model(found, as_data(calib, prepare.sample_dt(found)))
    calibration = calibration.watched(progress)
    unknown = {name for name, _ in layers} - {p.name for p in found.neurons}
    if unknown:
        raise RanvierError(
            "Q010",
            f"no layer of neurons is called {sorted(unknown)[0]!r}",
            loc="--weights",
            hint=f"there are {', '.join(p.name for p in found.neurons)}",
        )
    network = quantize_model(found, calibration, formats)
    evaluation = calibration
    if data is not None:
        evaluation = as_data(data, prepare.sample_dt(found)).watched(progress)
    cost = measure(found, network, evaluation)
    return Quantized(
        network=network,
        numerics=formats.numerics.name,
        evaluated_on=evaluation.name,
        float_metric=cost.float_metric,
        fixed_metric=cost.fixed_metric,
        spikes=cost.spikes,
        saturations=cost.saturations,
        searched=searched,
        tau_errors=_tau_errors(passes.run(found), network),
        ambiguities=found.ambiguities,
    )


def _tau_errors(normal: Model, network: Network) -> dict[str, float]:
    """Return by layer the largest relative error of a time constant."""
    found = {}
    for layer in normal.neurons:
        p = network.population(layer.name)
        alphas = difference(layer, normal.dt).alphas
        # A chip may have currents where the model has none, or two for its one.
        rules = [p.decay, *(s.decay for s in p.synapses)][: len(alphas)]
        found[layer.name] = max(tau_error(a, r) for a, r in zip(alphas, rules, strict=True))
    return found


def _layer(network: Network, name: str) -> dict[str, Any]:
    p = network.population(name)
    incoming = [q for q in network.projections if q.target == name]
    return {
        "name": name,
        "neurons": p.size,
        "state_bits": p.bits,
        "lsb": {"min": float(p.scale.min()), "max": float(p.scale.max())},
        "threshold": None
        if p.fire is None
        else {"min": int(p.fire.threshold.min()), "max": int(p.fire.threshold.max())},
        "decay": {"kind": p.decay.kind, "shift": p.decay.shift},
        "projections": [
            {
                "source": q.source,
                "weight_bits": q.bits,
                "shift": q.shift,
                "synapses": int(np.prod(connections.shape(q.connection))),
                "format": type(q.connection).__name__.lower(),
                "stored_weights": connections.weights(q.connection).size,
                "accumulator_bits": bounds.sum_interval(network, q).bits,
            }
            for q in incoming
        ],
    }
