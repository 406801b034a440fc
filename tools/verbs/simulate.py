# SPDX-License-Identifier: Apache-2.0
"""``ranvier simulate``: the float model or the golden model over a recording."""

from collections.abc import Collection, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranvier.frontends.data import Data
from ranvier.frontends.options import ModelOptions
from ranvier.ir import Network
from ranvier.metrics import Metric
from ranvier.model import Ambiguity, Model
from ranvier.tools.traces import TraceFile, trace_file
from ranvier.tools.verbs import prepare
from ranvier.tools.verbs.batches import (
    Part,
    added,
    at_once,
    outputs_of,
    run_float,
    run_golden,
    steps_of,
)
from ranvier.tools.verbs.load import answered, as_data, load
from ranvier.tools.verbs.progress import Progress, silent


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
        The trace: ``<layer>.spikes`` and ``<layer>.v`` (samples, steps, neurons), ``out``; empty
        where it was not to be kept.
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
    *,
    keep: bool = True,
    trace: Path | None = None,
    progress: Progress = silent,
) -> Simulation:
    """Run a float model or, for a quantised network, the golden model over `data`.

    Parameters
    ----------
    keep
        Whether to return the trace; say False for data larger than memory.
    trace
        Where to write it (``.npz``), a batch of samples at a time; nothing is there before all is.
    progress
        Is told how many samples of how many are done.
    """
    found = load(model, options) if isinstance(model, (str, Path)) else model
    recording = as_data(data, prepare.sample_dt(found))
    if isinstance(found, Model):
        recording = prepare.for_model(answered(found), recording)
    else:
        recording = prepare.checked(found, recording)
    samples, steps = recording.shape[0], steps_of(found, recording)
    score = prepare.scorer(recording, steps, outputs_of(found))
    spikes: dict[str, int] = {}
    saturations: dict[str, int] = {}
    classes: list[NDArray[np.int64]] = []
    arrays: dict[str, list[NDArray[Any]]] = {}
    wanted = ("spikes", "v") if keep or trace is not None else ()
    with ExitStack() as stack:
        file = None if trace is None else stack.enter_context(trace_file(trace, samples))
        for part in _parts(found, recording, wanted, progress):
            added(spikes, part.counts)
            added(saturations, part.saturations)
            classes.append(part.classes)
            if score is not None:
                score.add(part.at, part.real, part.classes)
            _record(part, arrays if keep else None, file)
    return Simulation(
        kind="float" if isinstance(found, Model) else "fixed",
        metric=None if score is None else score.metric(),
        spikes=spikes,
        saturations=saturations,
        samples=samples,
        steps=samples * steps,
        classes=np.concatenate(classes),
        arrays={k: np.concatenate(parts) for k, parts in arrays.items()},
        ambiguities=found.ambiguities if isinstance(found, Model) else (),
    )


def _parts(
    found: Model | Network, data: Data, keep: Collection[str], progress: Progress
) -> Iterator[Part]:
    for at, x in data.batches(at_once(found, data)):
        if isinstance(found, Model):
            yield run_float(found, at, x, keep)
        else:
            yield run_golden(found, data, at, x, keep)
        progress(at.stop, data.shape[0])


def _record(
    part: Part, arrays: dict[str, list[NDArray[Any]]] | None, file: TraceFile | None
) -> None:
    found = {f"{k}.spikes": x for k, x in part.spikes.items()}
    found |= {f"{k}.v": x for k, x in part.v.items()}
    for name, x in {**found, "out": part.out}.items():
        if arrays is not None:
            arrays.setdefault(name, []).append(x)
        if file is not None:
            file.add(name, x)
