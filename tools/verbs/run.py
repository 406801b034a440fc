# SPDX-License-Identifier: Apache-2.0
"""``ranvier run``: decode recordings on the target."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ranvier.frontends.data import Data
from ranvier.metrics import Metric
from ranvier.tools.build import Build, open_app
from ranvier.tools.session import instructions_per_tick, open_device
from ranvier.tools.verbs import prepare
from ranvier.tools.verbs.batches import frames_of, steps_of
from ranvier.tools.verbs.evidence import Evidence
from ranvier.tools.verbs.load import as_data
from ranvier.tools.verbs.progress import Progress, silent
from ranvier.tools.verbs.simulate import metric_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What the target decoded.

    Attributes
    ----------
    classes
        Class of each sample.
    round_trip_ms
        Median and 95th percentile of a step over the link, in milliseconds of this computer.
    instructions
        Instructions of one step, min, mean and max over all steps; None where they are not
        counted. They are not cycles.
    stack_used
        Bytes of the stack ever used; 0 where the device cannot tell.
    """

    target: str
    metric: Metric | None
    samples: int
    steps: int
    classes: list[int]
    round_trip_ms: dict[str, float]
    instructions: dict[str, float] | None
    stack_used: int

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return {
            "target": self.target,
            "metric": metric_json(self.metric),
            "samples": self.samples,
            "steps": self.steps,
            "classes": self.classes,
            "latency": {**self.round_trip_ms, "unit": "ms", "what": "round trip of one step"},
            "instructions_per_step": self.instructions,
            "stack_used": self.stack_used,
        }


def run(
    build: Build | str | Path,
    data: Data | str | Path,
    *,
    samples: int | None = None,
    port: str | None = None,
    progress: Progress = silent,
    evidence: Evidence | None = None,
) -> Run:
    """Stream recordings to the target step by step, as a sensor would, and score its answers.

    `evidence` is given the sample that the target is at.
    """
    seen = Evidence() if evidence is None else evidence
    log = None if evidence is None else evidence.log
    found = open_app(build)
    network = found.network
    recording = as_data(data, prepare.sample_dt(network)).first(samples)
    recording = prepare.checked(network, recording)
    total, steps = recording.shape[0], steps_of(network, recording)
    score = prepare.scorer(recording, steps, network.output_size)
    classes: list[int] = []
    seconds: list[float] = []
    counts = _Ticks()
    with open_device(found, port, log) as device:
        for k, frames in frames_of(network, recording, steps):
            answers = seen.begin(network, k, frames)
            device.reset()
            out = np.zeros((1, steps, network.output_size))
            for t, frame in enumerate(frames):
                begin = time.perf_counter()
                reply = device.step(frame[None])
                seconds.append(time.perf_counter() - begin)
                out[0, t] = reply.outputs[0]
                answers.setdefault("out", []).append(reply.outputs[0])
                answers.setdefault("class", []).append(np.array([reply.decoded]))
            classes.append(int(reply.decoded))
            if score is not None:
                real = out * network.output_scale
                score.add(slice(k, k + 1), real, np.array(classes[-1:]))
            stats = device.stats()
            counts.add(stats.minimum, stats.maximum, stats.total, stats.steps)
            progress(k + 1, total)
    scale = instructions_per_tick(found, port)
    return Run(
        target=found.board.name if port is None else port,
        metric=None if score is None else score.metric(),
        samples=total,
        steps=total * steps,
        classes=classes,
        round_trip_ms={
            "median": 1e3 * float(np.median(seconds)),
            "p95": 1e3 * float(np.quantile(seconds, 0.95)),
        },
        instructions=None if scale is None else counts.times(float(scale)),
        stack_used=stats.stack_used,
    )


class _Ticks:
    """Ticks of a step over several samples."""

    def __init__(self) -> None:
        self._low, self._high, self._total, self._steps = 2**32, 0, 0, 0

    def add(self, low: int, high: int, total: int, steps: int) -> None:
        self._low, self._high = min(self._low, low), max(self._high, high)
        self._total, self._steps = self._total + total, self._steps + steps

    def times(self, scale: float) -> dict[str, float]:
        # The timer is read once before and once after: exact to one tick, here 5/128.
        return {
            "min": round(self._low * scale),
            "mean": round(self._total * scale / max(1, self._steps), 1),
            "max": round(self._high * scale),
        }
