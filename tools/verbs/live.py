# SPDX-License-Identifier: Apache-2.0
"""``ranvier run --live``: the target paces itself, and answers at each of its ticks."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranvier.errors import RanvierError
from ranvier.frontends.data import Data
from ranvier.metrics import Metric
from ranvier.tools.build import Build, open_app
from ranvier.tools.link.client import Device
from ranvier.tools.link.live import Answer, Counts
from ranvier.tools.session import open_device
from ranvier.tools.verbs import prepare
from ranvier.tools.verbs.batches import frames_of, steps_of
from ranvier.tools.verbs.load import as_data
from ranvier.tools.verbs.progress import Progress, silent
from ranvier.tools.verbs.simulate import metric_json

PATIENCE_S = 5.0  # for an answer, over and above a few periods


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """What the target decoded while it ran free.

    Attributes
    ----------
    classes
        Class after the last step of each sample.
    answers
        Class after each step, ``(samples, steps)``.
    period_ms
        From tick to tick, milliseconds of the device.
    counts
        Added up over the samples; a sample whose data came too late took more ticks than steps.
    """

    target: str
    metric: Metric | None
    samples: int
    steps: int
    classes: list[int]
    answers: NDArray[np.uint16]
    period_ms: float
    counts: Counts

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return {
            "target": self.target,
            "metric": metric_json(self.metric),
            "samples": self.samples,
            "steps": self.steps,
            "classes": self.classes,
            "period_ms": self.period_ms,
            "counts": asdict(self.counts),
        }


def live(
    build: Build | str | Path,
    data: Data | str | Path,
    *,
    samples: int | None = None,
    port: str | None = None,
    progress: Progress = silent,
) -> Live:
    """Let the target run free at the network's dt, send samples ahead, and score its answers.

    Raises
    ------
    RanvierError
        L007 where the target cannot run free; D008 for labels that are not classes.
    """
    found = open_app(build)
    network = found.network
    recording = as_data(data, prepare.sample_dt(network)).first(samples)
    recording = prepare.checked(network, recording)
    if recording.y is not None and recording.y.ndim != 1:
        raise RanvierError(
            "D008", "answers are classes, the labels are targets of outputs", loc=recording.name,
            hint="run it without --live: a device that runs free sends no outputs",
        )  # fmt: skip
    total, steps = recording.shape[0], steps_of(network, recording)
    score = prepare.scorer(recording, steps, network.output_size)
    answers: list[list[int]] = []
    counts: list[Counts] = []
    with open_device(found, port, in_time=True) as device:
        for k, frames in frames_of(network, recording, steps):
            device.reset()
            decoded = answers_of(device, frames, network.dt)
            counts.append(device.stop())
            answers.append(decoded)
            if score is not None:
                score.add(slice(k, k + 1), np.empty(0), np.array(decoded[-1:]))
            progress(k + 1, total)
    return Live(
        target=found.board.name if port is None else port,
        metric=None if score is None else score.metric(),
        samples=total,
        steps=total * steps,
        classes=[row[-1] for row in answers],
        answers=np.array(answers, np.uint16),
        period_ms=1e3 * network.dt,
        counts=Counts(**{f: sum(getattr(c, f) for c in counts) for f in Counts.__slots__}),
    )


def answers_of(device: Device, frames: NDArray[np.integer[Any]], dt: float) -> list[int]:
    """Let `device` run free over one recording; return the class after each of its steps.

    Parameters
    ----------
    frames
        Raw integers, (steps, values of a step).
    dt
        Seconds a step.
    """
    supplied, room = _fill(device, frames, 0)
    capacity = supplied + room
    device.start()
    decoded: list[int] = []
    while len(decoded) < len(frames):
        found = _next(device, dt)
        if found.decoded is not None:
            decoded.append(found.decoded)
        waiting = supplied - len(decoded)
        if supplied < len(frames) and waiting <= capacity // 2:
            supplied, _ = _fill(device, frames, supplied)
    return decoded


def _fill(device: Device, frames: NDArray[np.integer[Any]], supplied: int) -> tuple[int, int]:
    """Send what the device has room for; return how many steps it was sent, and its room."""
    room = 1
    while room and supplied < len(frames):
        taken, room = device.supply(frames[supplied:])
        supplied += taken
    return supplied, room


def _next(device: Device, dt: float) -> Answer:
    found = device.answer(PATIENCE_S + 8 * dt)
    if found is None:
        raise RanvierError(
            "L003", "the device runs free, and its answers have ceased", loc=str(device.name),
            hint="was it reset, by its watchdog? say hello() and see; or has the line broken off?",
        )  # fmt: skip
    return found
