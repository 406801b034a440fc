# SPDX-License-Identifier: Apache-2.0
"""What a target was asked and what it said, kept until it is known whether that was right."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranvier import reference, rvn
from ranvier.ir import Network
from ranvier.reference import Trace
from ranvier.tools.files import npz_bytes, write_file
from ranvier.tools.link.layout import State
from ranvier.tools.link.log import LinkLog

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Value:
    """Something that a device and the golden model both know at each step.

    Attributes
    ----------
    kind
        ``state`` or ``spike``.
    what
        A ``State`` of the link.
    name
        As in the arrays of a trace: ``<layer>.v``, ``<layer>.synapse0``, ``<layer>.spikes``.
    """

    kind: str
    layer: str
    what: int
    name: str

    def golden(self, trace: Trace) -> Array:
        """Return what the golden model has for it, (samples, steps, neurons)."""
        if self.kind == "spike":
            return trace.spikes[self.layer]
        if self.what == State.MEMBRANE:
            return trace.v[self.layer]
        return trace.synapses[self.layer][:, :, self.what - State.SYNAPSE]


def values(network: Network) -> list[Value]:
    """Return all that can be compared at each step, but the outputs."""
    found = []
    for p in network.populations:
        found.append(Value("state", p.name, State.MEMBRANE, f"{p.name}.v"))
        found += [
            Value("state", p.name, State.SYNAPSE + k, f"{p.name}.synapse{k}")
            for k in range(len(p.synapses))
        ]
        if p.fire is not None:
            found.append(Value("spike", p.name, State.OUTPUT, f"{p.name}.spikes"))
    return found


@dataclass(slots=True)
class Evidence:
    """The sample that a target is at, or the first that came out wrong, and its answers to it.

    Attributes
    ----------
    raw
        (raw steps, channels).
    answers
        What the target said, one array a step: by the name of a `Value`, ``out`` and ``class``.
    log
        The bytes of the link.
    """

    log: LinkLog = field(default_factory=LinkLog)
    network: Network | None = None
    sample: int = 0
    raw: Array = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    answers: dict[str, list[Array]] = field(default_factory=dict)
    is_settled: bool = False

    def begin(self, network: Network, sample: int, raw: Array) -> dict[str, list[Array]]:
        """Forget the sample before, unless that came out wrong; return where answers go."""
        answers: dict[str, list[Array]] = {}
        if not self.is_settled:
            self.network, self.sample, self.answers = network, sample, answers
            self.raw = raw.reshape(-1, network.encoding.channels)
        return answers

    def settle(self) -> None:
        """Keep this sample: it came out wrong."""
        self.is_settled = True

    def write(self, folder: Path, **about: Any) -> None:
        """Write ``about.json``, ``link.log`` and, of a network that ran, ``sample.npz``.

        The latter holds ``raw``, and for each name ``golden/<name>`` and ``device/<name>``,
        (steps, neurons), as far as the device came.
        """
        if self.network is not None:
            about |= {"network": rvn.signature(self.network).hex(), "sample": self.sample}
            write_file(folder / "sample.npz", npz_bytes(self._arrays(self.network)))
        write_file(folder / "link.log", self.log.text().encode())
        text = json.dumps(about, indent=2, sort_keys=True)
        write_file(folder / "about.json", text.encode() + b"\n")

    def _arrays(self, network: Network) -> dict[str, Array]:
        trace = reference.simulate(network, self.raw[None])
        golden = {v.name: v.golden(trace)[0] for v in values(network)}
        golden |= {"out": trace.out[0], "class": trace.classes}
        return {
            "raw": self.raw,
            **{f"golden/{name}": array for name, array in golden.items()},
            **{f"device/{name}": np.stack(a) for name, a in self.answers.items() if a},
        }
