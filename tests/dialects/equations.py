# SPDX-License-Identifier: Apache-2.0
"""The equations of docs/dialects.md, and nothing else: what each framework does with its files.

Written from the page, in float32, each product and sum rounded in the order that is stated there.
Where it fires exactly as the framework did, the page is right.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import nir
import numpy as np
from numpy.typing import NDArray
from tests.dialects import (
    equations_norse,
    equations_rockpool,
    equations_sinabs,
    equations_snntorch,
    equations_snntorch_old,
    equations_spikingjelly,
    equations_spyx,
)
from tests.dialects.graph import Signal, connection, order

F32 = NDArray[np.float32]


class Neuron(Protocol):
    """One layer of neurons over all samples."""

    def step(self, x: F32) -> tuple[F32, F32]:
        """Return (what the layer says, its membrane afterwards), (samples, neurons) each."""


Make = Callable[[Any, dict[str, Any], dict[str, Any], int], Neuron]
MAKE: dict[str, Make] = {
    "snntorch 1.0.0": equations_snntorch.make,
    "snntorch 0.7.0": equations_snntorch_old.make,
    "norse 1.1.0": equations_norse.make,
    "sinabs 3.1.3": equations_sinabs.make,
    "rockpool 3.1.0": equations_rockpool.make,
    "spikingjelly 2.0.0": equations_spikingjelly.make,
    "spyx 1.0.0": equations_spyx.make,
}


@dataclass(frozen=True)
class Ran:
    """What the equations say happened, (samples, steps, neurons) by node."""

    said: dict[str, F32]
    v: dict[str, F32]


def run(framework: str, path: Path, case: dict[str, Any], x: NDArray[Any]) -> Ran:
    """Run a recorded network by the equations.

    Parameters
    ----------
    framework
        Its name and version.
    path
        The framework's NIR file.
    case
        Its row of cases.json.
    x
        (samples, steps, channels).
    """
    graph = nir.read(path, type_check=False)
    make = MAKE[framework]
    samples, steps = x.shape[:2]
    late, keys = order(graph)
    neurons: dict[str, Neuron] = {}
    linear: dict[str, Callable[[Signal], Signal]] = {}
    for key in keys:
        node = graph.nodes[key]
        if key in case["layers"]:
            neurons[key] = make(node, case["layers"][key], case["answers"], samples)
        else:
            linear[key] = connection(node)
    sources = {k: sorted({a for a, b in graph.edges if b == k}) for k in graph.nodes}
    shape = tuple(int(n) for n in next(iter(graph.inputs.values())).input_type["input"])
    signal: dict[str, Signal] = {}
    said: dict[str, list[F32]] = {k: [] for k in neurons}
    v: dict[str, list[F32]] = {k: [] for k in neurons}
    for t in range(steps):
        before, signal = signal, {}
        for key in keys:
            if isinstance(graph.nodes[key], nir.Input):
                signal[key] = x[:, t].astype(np.float32).reshape(samples, *shape)
                continue
            total: Signal | None = None
            for a in sources[key]:
                value = before.get(a) if (a, key) in late else signal[a]
                if value is None:  # a loop's first step: nobody fired yet
                    like = graph.nodes[a].output_type["output"]
                    value = np.zeros((samples, *(int(n) for n in like)), np.float32)
                total = value if total is None else total + value
            assert total is not None
            if key in neurons:
                flat, membrane = neurons[key].step(total.reshape(samples, -1))
                said[key].append(flat)
                v[key].append(membrane)
                signal[key] = flat.reshape(total.shape)
            else:
                signal[key] = linear[key](total)
    return Ran(
        said={k: np.stack(a, axis=1) for k, a in said.items()},
        v={k: np.stack(a, axis=1) for k, a in v.items()},
    )
