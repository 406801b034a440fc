# SPDX-License-Identifier: Apache-2.0
"""Emits networks, runs them in the vendor's models, and compares with the golden model."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tests.neuro.random_nets import Case

from ranvier import reference
from ranvier.reference import Trace
from ranvier.targets.loihi.chip import chip
from ranvier.targets.loihi.lower import lower
from ranvier.targets.loihi.place import place
from ranvier.targets.loihi.verify import Run, run
from ranvier.tools.families.loihi.compile import NETX, emitted, program


@dataclass(frozen=True)
class Outcome:
    """What came of one network in one of the vendor's two ways."""

    case: Case
    kind: str
    trace: Trace
    wrong: dict[str, int]  # by what and population: values that differ


def outcomes(cases: Sequence[Case], folder: Path) -> list[Outcome]:
    """Run all in one process of the vendor's: in Lava, and in netx where its file holds them."""
    runs, traces = [], []
    for case in cases:
        plan = lower(case.network, chip(case.chip))
        made, _ = emitted(plan, place(plan))
        here = folder / case.name
        here.mkdir()
        for name, data in made.items():
            (here / name).write_bytes(data)
        trace = reference.simulate(case.network, case.raw)
        for kind, file in (("lava", program(case.network)), ("netx", NETX)):
            if file in made:
                runs.append(Run(plan=plan, kind=kind, file=here / file, inputs=trace.inputs))  # type: ignore[arg-type]
                traces.append((case, trace))
    result = []
    for asked, found, (case, trace) in zip(runs, run(runs), traces, strict=True):
        wrong: dict[str, int] = {}
        for p in case.network.populations:
            pairs = {
                "u": (found.u[p.name], trace.synapses[p.name][:, :, 0]),
                "v": (found.v[p.name], trace.v[p.name]),
                "spikes": (found.spikes[p.name],
                           trace.spikes[p.name] if p.fire else np.zeros(1)),
            }  # fmt: skip
            wrong |= {f"{what} of {p.name}": int((a != b).sum()) for what, (a, b) in pairs.items()}
        result.append(Outcome(case, asked.kind, trace, {k: n for k, n in wrong.items() if n}))
    return result
