# SPDX-License-Identifier: Apache-2.0
"""Runs a model with some of its parts replaced by those of its network, to see what each costs."""

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ranvier.ir import INPUT
from ranvier.nodes import FloatArray
from ranvier.quantize.explain_layer import MixedLayer
from ranvier.quantize.explain_pair import Pair, Pairs

Part = tuple[str, str]  # a cause and a layer; ("input", "input") is the input


@dataclass(slots=True)
class Mixed:
    """What a mixture did.

    Attributes
    ----------
    spikes
        By firing layer, (samples, steps, size).
    v
        By readout: the membrane in units, (samples, steps, size).
    hits
        By layer: steps of all samples in which each neuron had a value that its word could not
        hold, (size,).
    hit_steps
        By layer: steps of all samples in which any neuron had.
    beyond
        Layers with a value outside its word, whether limited or not.
    """

    spikes: dict[str, NDArray[np.uint8]]
    v: dict[str, FloatArray]
    hits: dict[str, NDArray[np.int64]]
    hit_steps: dict[str, int]
    beyond: set[str] = field(default_factory=set)


def run_mixed(pairs: Pairs, real: FloatArray, whole: FloatArray, on: Collection[Part]) -> Mixed:
    """Run the model with the parts `on` replaced by the network's.

    Parameters
    ----------
    real, whole
        The encoded input in units, as the model and as the network computes it, (samples, steps,
        channels).
    """
    x = whole if (INPUT, INPUT) in on else real
    samples, steps, _ = x.shape
    layers = {
        p.name: MixedLayer(p, {c for c, name in on if name == p.name}, samples)
        for p in pairs.layers
    }
    past: dict[str, list[FloatArray]] = {INPUT: [], **{name: [] for name in layers}}
    found = Mixed(
        {p.name: np.zeros((samples, steps, p.population.size), np.uint8)
         for p in pairs.layers if p.neurons.fires},
        {p.name: np.zeros((samples, steps, p.population.size))
         for p in pairs.layers if not p.neurons.fires},
        {p.name: np.zeros(p.population.size, np.int64) for p in pairs.layers},
        dict.fromkeys(layers, 0),
    )  # fmt: skip
    for t in range(steps):
        past[INPUT].append(x[:, t])
        for p in pairs.layers:
            layer = layers[p.name]
            n = layer.step(arriving(layer, p, past, t))
            past[p.name].append(n)
            if p.neurons.fires:
                found.spikes[p.name][:, t] = n
            else:
                found.v[p.name][:, t] = layer.v
            if layer.hit.any():
                found.hits[p.name] += layer.hit.sum(axis=0)
                found.hit_steps[p.name] += int(layer.hit.any(axis=1).sum())
        _forget(pairs, past, t)
    found.beyond = {name for name, layer in layers.items() if layer.beyond}
    return found


def arriving(layer: MixedLayer, p: Pair, past: dict[str, list[FloatArray]], t: int) -> FloatArray:
    """Return the sum of all drives of a layer at step t, (samples, size)."""
    total = np.zeros(layer.v.shape)
    for k, d in enumerate(p.drives):
        if t >= d.delay:
            total = total + layer.drive(k, past[d.source][t - d.delay])
    return total


def _forget(pairs: Pairs, past: dict[str, list[FloatArray]], t: int) -> None:
    """Let go of signals that no delay reaches back to."""
    longest = max((d.delay for p in pairs.layers for d in p.drives), default=0)
    old = t - longest
    if old >= 0:
        for signals in past.values():
            signals[old] = signals[old][:0]
