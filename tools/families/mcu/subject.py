# SPDX-License-Identifier: Apache-2.0
"""A build on a device or in this process, as `ranvier verify` compares it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranvier.bounds import samples_per_step
from ranvier.ir import Network
from ranvier.tools.build import Build, open_app
from ranvier.tools.families.protocol import Answers, Subject
from ranvier.tools.link.client import Device
from ranvier.tools.link.host import HostLibrary
from ranvier.tools.link.layout import State
from ranvier.tools.link.log import LinkLog
from ranvier.tools.session import open_device
from ranvier.tools.verbs.evidence import Value, values

Raw = NDArray[np.integer[Any]]
EMULATED_SAMPLES = 20  # enough to see a difference, quick enough to be run always


def samples(build: Build, port: str | None) -> int | None:
    """Return how many samples are compared unless somebody says; None: all."""
    return None if _here(build, port) else EMULATED_SAMPLES


def _here(build: Build, port: str | None) -> bool:
    return port is None and not build.board.emulator


@contextmanager
def subject(build: Build, port: str | None, log: LinkLog | None) -> Iterator[Subject]:
    """Run the build; one that isn't this network's is refused."""
    found = open_app(build)
    with open_device(found, port, log) as device:
        if _here(found, port):
            yield _Here(found.network, HostLibrary(found.image))
        else:
            yield _OnDevice(found.network, device)


class _Here:
    """The library of the host target."""

    simulated = None

    def __init__(self, network: Network, library: HostLibrary) -> None:
        self._network, self._library = network, library

    def run(self, raw: Raw, answers: Answers) -> None:
        frames = _frames(self._network, raw).astype(self._library.info.input_type)
        result = self._library.run(frames.swapaxes(0, 1), record=("v", "syn", "counts"))

        def of(v: Value) -> Any:
            if v.kind == "spike":
                return result.counts[v.layer][0]
            if v.what == State.MEMBRANE:
                return result.v[v.layer][0]
            return result.syn[v.layer][0][:, v.what - State.SYNAPSE]

        answers |= {v.name: list(of(v)) for v in values(self._network)}
        answers |= {"out": list(result.outputs[0]), "class": list(result.decoded[0][:, None])}


class _OnDevice:
    """A device behind a link: all of its state is read after each step."""

    simulated = None

    def __init__(self, network: Network, device: Device) -> None:
        self._network, self._device = network, device

    def run(self, raw: Raw, answers: Answers) -> None:
        found = values(self._network)
        self._device.reset()
        for frame in _frames(self._network, raw):
            reply = self._device.step(frame)
            answers.setdefault("out", []).append(reply.outputs[0])
            answers.setdefault("class", []).append(np.array([reply.decoded]))
            for v in found:
                state = self._device.read_state(v.layer, v.what)
                answers.setdefault(v.name, []).append(state)


def _frames(network: Network, raw: Raw) -> Raw:
    """Return the raw samples of each step, (steps, 1, values of a step)."""
    return raw.reshape(len(raw) // samples_per_step(network.encoding), 1, -1)
