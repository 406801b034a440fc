# SPDX-License-Identifier: Apache-2.0
"""A build in the vendor's fixed-point models, as `ranvier verify` compares it."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranvier import reference
from ranvier.encoding import encode
from ranvier.errors import RanvierError
from ranvier.targets.loihi.chip import Chip
from ranvier.targets.loihi.lower import lower
from ranvier.targets.loihi.place import place
from ranvier.targets.loihi.plan import Plan
from ranvier.targets.loihi.refuse import MOST
from ranvier.targets.loihi.verify import Run, Traces, python, run
from ranvier.tools.build import Build
from ranvier.tools.families.loihi.compile import NETX, emitted, program
from ranvier.tools.families.protocol import Answers, Subject
from ranvier.tools.link.log import LinkLog

Raw = NDArray[np.integer[Any]]
SAMPLES = 20  # enough to see a difference; some hundred steps a second are simulated


def samples(build: Build, port: str | None) -> int | None:
    """Return how many samples are compared unless somebody says."""
    return SAMPLES


@contextmanager
def subject(build: Build, port: str | None, log: LinkLog | None) -> Iterator[Subject]:
    """Give the models of the build's program, and of its netx file where it has one.

    Raises
    ------
    RanvierError
        B003 where this version emits something else, B013 for a port, T007 where the vendor's
        software is missing.
    """
    if port is not None:
        _ = build.board
    assert isinstance(build.target, Chip)
    plan = lower(build.network, build.target)
    made, _ = emitted(plan, place(plan))
    here = {name: (build.path / name) for name in made}
    if not all(f.is_file() and f.read_bytes() == made[name] for name, f in here.items()):
        raise RanvierError(
            "B003", f"ranvier {build.manifest.get('ranvier')} laid this network out in another way",
            loc=str(build.path), hint="compile again with this version",
        )  # fmt: skip
    python()
    yield _Simulated(build, plan, has_netx=NETX in made)


class _Simulated:
    """Lava between an encoder and a decoder of the host's; netx must do the same."""

    def __init__(self, build: Build, plan: Plan, has_netx: bool) -> None:
        self._build, self._plan, self._has_netx = build, plan, has_netx
        self._waiting: deque[Answers] = deque()
        self.simulated: str | None = None

    def ahead(self, raw: Raw) -> None:
        """Run all samples in one simulation."""
        network, path = self._build.network, self._build.path
        inputs = encode(network.encoding, raw)
        runs = [Run(plan=self._plan, kind="lava", file=path / program(network), inputs=inputs)]
        if self._has_netx:
            runs.append(Run(plan=self._plan, kind="netx", file=path / NETX, inputs=inputs))
        lava, *others = run(runs)
        _check_known(self._plan, lava)
        for other in others:
            _check_same(self._build, lava, other)
        of = lava.versions
        also = f", and netx of lava-dl {of['lava-dl']}, which does the same" if others else ""
        self.simulated = f"the fixed-point models of lava-nc {of['lava-nc']}{also}"
        self._waiting.extend(self._answers(lava, k) for k in range(len(raw)))

    def run(self, raw: Raw, answers: Answers) -> None:
        """Give what the next sample of `ahead` came to."""
        answers |= self._waiting.popleft()

    def _answers(self, found: Traces, k: int) -> Answers:
        network = self._build.network
        answers: Answers = {}
        for p in network.populations:
            answers[f"{p.name}.v"] = list(found.v[p.name][k])
            answers[f"{p.name}.synapse0"] = list(found.u[p.name][k])
            if p.fire is not None:
                answers[f"{p.name}.spikes"] = list(found.spikes[p.name][k])
        out = np.concatenate(
            [(found.v if p.fire is None else found.spikes)[p.name][k] for p in network.outputs], 1
        )
        answers["out"] = list(out)
        decoded = reference.decode_scores(network, out[None].astype(np.int64))
        answers["class"] = [decoded.argmax(1)]
        return answers


def _check_known(plan: Plan, found: Traces) -> None:
    """Refuse recordings that drive Lava's models where they aren't Loihi's any more."""
    for p in plan.network.populations:
        what = ""
        if int(np.abs(found.u[p.name].astype(np.int64)).max(initial=0)) > MOST + 1:
            what = f"currents of {p.name} leave their 24 bits in Lava, which wraps once"
        elif p.fire is None and found.spikes[p.name].any():
            what = f"the readout {p.name} passes the highest threshold there is, and fires"
        if what:
            raise RanvierError(
                "K007", f"on this recording {what}; what the chip does there is not known",
                loc=plan.network.name,
                hint="--data with recordings such as it was calibrated for; a network of smaller"
                " weights, or inputs that are clipped (metadata 'encode'), rules it out",
            )  # fmt: skip


def _check_same(build: Build, lava: Traces, netx: Traces) -> None:
    """Refuse a netx file that isn't the Lava program."""
    for what in ("spikes", "u", "v"):
        for name, expected in getattr(lava, what).items():
            wrong = np.argwhere(getattr(netx, what)[name] != expected)
            if len(wrong):
                sample, step, neuron = (int(n) for n in wrong[0])
                raise RanvierError(
                    "K006", f"netx and Lava differ in {what} of {name}, neuron {neuron}, at step"
                    f" {step} of sample {sample}", loc=str(build.path / NETX),
                    hint="report it with the network",
                )  # fmt: skip
