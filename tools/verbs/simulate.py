# SPDX-License-Identifier: Apache-2.0
"""``ranvier simulate``: the float model or the golden model over a recording."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranvier import floating, reference
from ranvier.frontends.data import Data
from ranvier.frontends.options import ModelOptions
from ranvier.ir import Network
from ranvier.metrics import Metric
from ranvier.model import Ambiguity, Model
from ranvier.tools.verbs import prepare
from ranvier.tools.verbs.load import answered, as_data, load


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """What a model or network did.

    Attributes
    ----------
    metric
        None where the data carry no labels.
    spikes
        Spikes of each firing layer, summed.
    classes
        Decoded class of each sample, (samples,).
    arrays
        The trace: ``<layer>.spikes`` and ``<layer>.v`` (samples, steps, neurons), ``out``.
    """

    kind: str
    metric: Metric | None
    spikes: dict[str, int]
    saturations: dict[str, int]
    samples: int
    steps: int
    classes: NDArray[np.int64]
    arrays: dict[str, NDArray[Any]]
    ambiguities: tuple[Ambiguity, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return {
            "kind": self.kind,
            "metric": metric_json(self.metric),
            "spikes": self.spikes,
            "saturations": self.saturations,
            "samples": self.samples,
            "steps": self.steps,
            "ambiguities": [asdict(a) for a in self.ambiguities],
        }


def metric_json(metric: Metric | None) -> dict[str, Any] | None:
    """Return a metric as plain data."""
    return None if metric is None else {"name": metric.name, "value": metric.value}


def simulate(
    model: Model | Network | str | Path,
    data: Data | str | Path,
    options: ModelOptions | None = None,
) -> Simulation:
    """Run a float model or, for a quantised network, the golden model over `data`."""
    found = load(model, options) if isinstance(model, (str, Path)) else model
    recording = as_data(data)
    if isinstance(found, Model):
        found = answered(found)
        result = _float(found, prepare.for_model(found, recording))
        return replace(result, ambiguities=found.ambiguities)
    return _golden(found, recording)


def _float(model: Model, data: Data) -> Simulation:
    trace = floating.simulate(model, data.x)
    return _simulation(
        "float",
        prepare.score(trace.out, trace.classes, data, data.name),
        trace.spikes,
        trace.v,
        trace.out,
        trace.classes,
        {},
    )


def _golden(network: Network, data: Data) -> Simulation:
    raw, clipped = prepare.raw_and_clipped(network, data)
    trace = reference.simulate(network, raw)
    real = trace.out * network.output_scale
    return _simulation(
        "fixed",
        prepare.score(real, trace.classes, data, data.name),
        {k: x.astype(np.int32) for k, x in trace.spikes.items()},
        {k: x.astype(np.int32) for k, x in trace.v.items()},
        trace.out,
        trace.classes,
        {"input": clipped, **trace.saturations},
    )


def _simulation(
    kind: str,
    metric: Metric | None,
    spikes: dict[str, Any],
    v: dict[str, Any],
    out: NDArray[Any],
    classes: NDArray[np.int64],
    saturations: dict[str, int],
) -> Simulation:
    arrays = {f"{k}.spikes": x for k, x in spikes.items()}
    arrays |= {f"{k}.v": x for k, x in v.items()}
    return Simulation(
        kind=kind,
        metric=metric,
        spikes={k: int(x.sum()) for k, x in spikes.items()},
        saturations=saturations,
        samples=out.shape[0],
        steps=out.shape[0] * out.shape[1],
        classes=classes,
        arrays={**arrays, "out": out},
    )
