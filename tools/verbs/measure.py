# SPDX-License-Identifier: Apache-2.0
"""What integers cost: the float model and the golden model side by side over a recording."""

from dataclasses import dataclass, replace

import numpy as np

from ranvier import passes
from ranvier.frontends.data import Data
from ranvier.ir import Network
from ranvier.metrics import Metric
from ranvier.model import Model
from ranvier.tools.verbs import prepare
from ranvier.tools.verbs.batches import (
    added,
    at_once,
    outputs_of,
    run_float,
    run_golden,
    steps_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was found.

    Attributes
    ----------
    float_metric, fixed_metric
        None without labels.
    spikes
        By layer that fires in both: (float, fixed, slots that differ).
    saturations
        By layer, and ``input``: values that the overflow rule changed.
    """

    float_metric: Metric | None
    fixed_metric: Metric | None
    spikes: dict[str, tuple[int, int, int]]
    saturations: dict[str, int]


def measure(model: Model, network: Network, data: Data) -> Measured:
    """Run both, batch by batch; the labels of `data` are scored where it has any."""
    checked = prepare.checked(network, prepare.for_model(model, data))
    steps = steps_of(model, checked)
    scores = [prepare.scorer(checked, steps, outputs_of(found)) for found in (model, network)]
    spikes: dict[str, tuple[int, int, int]] = {}
    saturations: dict[str, int] = {}
    sizes = {p.name: p.size for p in model.neurons}
    alike = all(sizes.get(p.name) == p.size for p in network.populations)
    # Where passes dropped or fused neurons, spikes are compared with what they left.
    normal = None if alike else passes.run(model)
    for at, x in checked.batches(at_once(model, checked)):
        before = run_float(model, at, x, ("spikes",) if alike else ())
        after = run_golden(network, checked, at, x, ("spikes",))
        for score, part in zip(scores, (before, after), strict=True):
            if score is not None:
                score.add(at, part.real, part.classes)
        if normal is not None:
            seen = run_float(normal, at, x, ("spikes",))
            before = replace(before, spikes=seen.spikes, counts=seen.counts)
        for name, a in before.spikes.items():
            if name in after.spikes:
                differing = int(np.count_nonzero(a != after.spikes[name]))
                old = spikes.get(name, (0, 0, 0))
                new = before.counts[name], after.counts[name], differing
                spikes[name] = (old[0] + new[0], old[1] + new[1], old[2] + new[2])
        added(saturations, after.saturations)
    float_metric, fixed_metric = (None if s is None else s.metric() for s in scores)
    return Measured(
        float_metric=float_metric,
        fixed_metric=fixed_metric,
        spikes={p.name: spikes[p.name] for p in network.populations if p.name in spikes},
        saturations=saturations,
    )
