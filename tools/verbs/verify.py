# SPDX-License-Identifier: Apache-2.0
"""``ranvier verify``: compare the target with the golden model, spike by spike."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranvier import reference
from ranvier.bounds import samples_per_step
from ranvier.frontends.data import Data
from ranvier.ir import Network
from ranvier.reference import Trace
from ranvier.tools.build import Build, open_build, vectors
from ranvier.tools.families import family_of
from ranvier.tools.families.protocol import Answers, Batched
from ranvier.tools.verbs import prepare
from ranvier.tools.verbs.batches import at_once, steps_of
from ranvier.tools.verbs.evidence import Evidence, values
from ranvier.tools.verbs.load import as_data
from ranvier.tools.verbs.progress import Progress, silent

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Compared:
    """What was expected of one thing and what came, (samples, steps, neurons).

    `kind` is ``spike``, ``state`` or ``output``; `name` that of its arrays in `Evidence`.
    """

    kind: str
    layer: str
    name: str
    expected: Array
    got: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was compared, and what differed.

    Attributes
    ----------
    mismatches
        Spikes, states and outputs that differ, over all neurons and steps.
    compared
        How many of each kind were compared.
    first_mismatch
        Kind, layer, neuron, step, sample, expected and got; None where all are equal.
    simulated
        What of a chip was simulated, and how; None where the target itself, or its emulator, ran.
    """

    target: str
    mismatches: int
    compared: dict[str, int]
    spikes: int
    steps: int
    samples: int
    saturations: int
    first_mismatch: dict[str, Any] | None
    simulated: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return {
            "target": self.target,
            "mismatches": self.mismatches,
            "compared": self.compared,
            "spikes": self.spikes,
            "steps": self.steps,
            "samples": self.samples,
            "saturations": self.saturations,
            "first_mismatch": self.first_mismatch,
            "simulated": self.simulated,
        }


def verify(
    build: Build | str | Path,
    data: Data | str | Path | None = None,
    *,
    samples: int | None = None,
    port: str | None = None,
    progress: Progress = silent,
    evidence: Evidence | None = None,
) -> Verification:
    """Run the same raw samples on the target and in the golden model, and compare everything.

    Without `data` the raw samples are the build's own vectors: random ones over the whole range.
    The host library and simulated RTL are compared on all samples, an emulator, a board or the
    models of a chip on the first 20 unless `samples` says otherwise. `evidence` is given the first
    sample that comes out wrong.
    """
    found = open_build(build)
    which = family_of(found)
    seen = Evidence() if evidence is None else evidence
    log = None if evidence is None else evidence.log
    network = found.network
    keep = which.samples(found, port) if samples is None else samples
    total, steps, batches = _raw(found, data, keep)
    tally, spikes, saturations = _Tally(), 0, 0
    with which.subject(found, port, log) as subject:
        for at, raw in batches:
            trace = reference.simulate(network, raw)
            spikes += sum(trace.counts.values())
            saturations += sum(trace.saturations.values())
            if isinstance(subject, Batched):
                subject.ahead(raw)
            for k, sample in enumerate(raw):
                answers = seen.begin(network, at.start + k, sample)
                subject.run(sample, answers)
                for compared in _compared(network, trace, k, answers):
                    tally.add(compared, at.start + k)
                if tally.mismatches:
                    seen.settle()
                progress(at.start + k + 1, total)
    return Verification(
        target=found.target.name if port is None else port,
        mismatches=tally.mismatches,
        compared=tally.compared,
        spikes=spikes,
        steps=total * steps,
        samples=total,
        saturations=saturations,
        first_mismatch=tally.first,
        simulated=subject.simulated,
    )


def _raw(
    found: Build, data: Data | str | Path | None, keep: int | None
) -> tuple[int, int, Iterator[tuple[slice, Array]]]:
    """Return how many samples there are, the steps of each, and raw samples batch by batch."""
    network = found.network
    if data is None:
        raw = vectors(found)[:keep]
        one = slice(0, len(raw))
        return len(raw), raw.shape[1] // samples_per_step(network.encoding), iter([(one, raw)])
    recording = as_data(data, prepare.sample_dt(network)).first(keep)
    recording = prepare.checked(network, recording)
    batches = prepare.raw_batches(network, recording, at_once(network, recording))
    total, steps = recording.shape[0], steps_of(network, recording)
    return total, steps, ((at, raw) for at, raw, _ in batches)


class _Tally:
    """Counts what was compared and what differed, and keeps the earliest difference."""

    def __init__(self) -> None:
        self.mismatches = 0
        self.compared = {"spikes": 0, "states": 0, "outputs": 0}
        self.first: dict[str, Any] | None = None
        self._when: tuple[int, int] | None = None

    def add(self, compared: Compared, first_sample: int) -> None:
        kind, layer, expected, got = compared.kind, compared.layer, compared.expected, compared.got
        self.compared[f"{kind}s"] += expected.size
        wrong = np.argwhere(expected != got)
        self.mismatches += len(wrong)
        if not len(wrong):
            return
        at = tuple(int(i) for i in wrong[0])
        when = (first_sample + at[0], at[1])
        if self._when is None or when < self._when:
            self._when = when
            self.first = {
                "kind": kind,
                "layer": layer,
                "neuron": at[-1],
                "step": at[1],
                "sample": when[0],
                "expected": int(expected[at]),
                "got": int(got[at]),
            }


def _compared(network: Network, trace: Trace, sample: int, answers: Answers) -> Iterator[Compared]:
    """Put what the target answered to a sample beside the golden model."""
    for v in values(network):
        golden = v.golden(trace)[sample : sample + 1]
        yield Compared(v.kind, v.layer, v.name, golden, np.stack(answers[v.name])[None])
    out, decoded = np.stack(answers["out"])[None], answers["class"][-1].reshape(1, 1, 1)
    yield Compared("output", "out", "out", trace.out[sample : sample + 1], out)
    yield Compared("output", "class", "class", trace.classes[sample].reshape(1, 1, 1), decoded)
