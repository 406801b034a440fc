# SPDX-License-Identifier: Apache-2.0
"""Runs a float model or the golden model over some samples at a time, so that any data fit."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranvier import floating, reference
from ranvier.bounds import samples_per_step
from ranvier.frontends.data import Data
from ranvier.ir import Network
from ranvier.model import Model
from ranvier.tools.verbs import prepare

Array = NDArray[Any]
_VALUES = 2**24  # inputs and states of all steps that a batch may have


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a network did on the samples `at`.

    Attributes
    ----------
    out
        What the decoder read, (samples, steps, outputs); `scale` makes real units of it.
    spikes, v
        By layer, (samples, steps, neurons), where they were to be kept.
    counts
        By layer that fires: all its spikes, summed.
    saturations
        By layer, and ``input``: values that did not fit; none in a float model.
    """

    at: slice
    out: Array
    scale: Array
    classes: NDArray[np.int64]
    spikes: dict[str, Array]
    v: dict[str, Array]
    counts: dict[str, int]
    saturations: dict[str, int]

    @property
    def real(self) -> NDArray[np.float64]:
        """`out` in real units."""
        return np.asarray(self.out * self.scale, np.float64)


def at_once(found: Model | Network, data: Data) -> int:
    """Return how many samples to run together.

    Of the model and the length of its samples alone: floats are rounded by how linear algebra
    divides its work, so that what is run together must not hang on anything else.
    """
    layers = found.neurons if isinstance(found, Model) else found.populations
    _, steps, channels = data.shape
    values = steps * (3 * channels + sum(p.size for p in layers))
    return max(1, _VALUES // values)


def steps_of(found: Model | Network, data: Data) -> int:
    """Return the steps of a sample."""
    if isinstance(found, Network):
        return data.shape[1] // samples_per_step(found.encoding)
    return data.shape[1] // (1 if found.encoding is None else found.encoding.window)


def frames_of(
    network: Network, data: Data, steps: int
) -> Iterator[tuple[int, NDArray[np.integer[Any]]]]:
    """Yield (which sample, its raw frames (steps, values of a step)), one sample at a time."""
    for at, raw, _ in prepare.raw_batches(network, data):
        for k, sample in enumerate(raw, at.start):
            yield k, sample.reshape(steps, -1)


def outputs_of(found: Model | Network) -> int:
    """Return the number of values that the decoder reads."""
    if isinstance(found, Network):
        return found.output_size
    return sum(found.node(name).size for name in found.outputs)


def run_float(model: Model, at: slice, x: Array, keep: Collection[str]) -> Part:
    """Run the float model on `x`, the samples `at` of a recording that `model` takes."""
    trace = floating.simulate(model, x, keep)
    return Part(
        at=at, out=trace.out, scale=np.ones(1, np.float32), classes=trace.classes,
        spikes=trace.spikes, v=trace.v, counts=trace.counts, saturations={},
    )  # fmt: skip


def run_golden(network: Network, data: Data, at: slice, x: Array, keep: Collection[str]) -> Part:
    """Run the golden model on `x`, the samples `at` of `data`."""
    raw, clipped = prepare.to_raw_or_refuse(network, data, at, x)
    trace = reference.simulate(network, raw, keep)
    return Part(
        at=at, out=trace.out, scale=network.output_scale, classes=trace.classes,
        spikes=dict(trace.spikes), v=dict(trace.v), counts=trace.counts,
        saturations={"input": clipped, **trace.saturations},
    )  # fmt: skip


def added(total: dict[str, int], more: dict[str, int]) -> None:
    """Add counts to counts by name."""
    for name, count in more.items():
        total[name] = total.get(name, 0) + count
