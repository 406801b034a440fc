# SPDX-License-Identifier: Apache-2.0
"""Runs the float model over data, in float32 as the frameworks do."""

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranvier import float_encoding
from ranvier.float_maps import ready
from ranvier.float_neurons import F32, FloatLayer
from ranvier.model import INPUT, DecodeRule, Delay, Model, ModelEncoding, Neurons

KEEP = ("spikes", "v")


@dataclass(frozen=True, slots=True)
class Range:
    """The extremes each neuron reached, (size,) each."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FloatTrace:
    """What the float model did.

    Attributes
    ----------
    spikes, v
        By layer of neurons, (samples, steps, size); v is the membrane after the reset. Empty
        where they were not to be kept.
    out
        What the decoder read, (samples, steps, outputs).
    classes
        Decoded class, (samples,).
    v_range, i_range
        By layer: extremes of the membrane before and after the reset, and of the current.
    counts
        By layer that fires: all its spikes, summed.
    """

    spikes: dict[str, NDArray[np.uint8]]
    v: dict[str, F32]
    out: F32
    classes: NDArray[np.int64]
    v_range: dict[str, Range]
    i_range: dict[str, Range]
    counts: dict[str, int]


class FloatRun:
    """A model over a batch of samples, step by step.

    Attributes
    ----------
    layers
        Every layer of neurons by name, with its state.
    given
        What each node gave in the last step, ``"input"`` included, (samples, size).
    """

    def __init__(self, model: Model, n_samples: int) -> None:
        self.model = model
        self.layers = {p.name: FloatLayer(p, model.dt, n_samples) for p in model.neurons}
        self.given: dict[str, F32] = {}
        self._maps = {n.name: ready(n) for n in model.nodes if not isinstance(n, (Neurons, Delay))}
        self._into = {n.name: model.into(n.name) for n in model.nodes}
        self._delay: dict[str, deque[F32]] = {}
        sizes = {INPUT: model.channels, **{n.name: n.size for n in model.nodes}}
        self._zero = {k: np.zeros((n_samples, size), np.float32) for k, size in sizes.items()}
        quiet = self._quiet()
        self._past = {
            source: deque([quiet[source]] * longest, maxlen=longest)
            for source in {e.source for e in model.edges if e.delay}
            if (longest := max(e.delay for e in model.edges if e.source == source))
        }

    def step(self, x: F32) -> F32:
        """Advance one step on the input (samples, channels); return what the decoder reads."""
        given: dict[str, F32] = {INPUT: x}
        for node in self.model.nodes:
            signal = self._arriving(node.name, given)
            match node:
                case Neurons():
                    given[node.name] = self.layers[node.name].step(signal)
                case Delay():
                    given[node.name] = self._delayed(node, signal)
                case _:
                    given[node.name] = self._maps[node.name](signal)
        for source, past in self._past.items():
            past.append(given[source])
        self.given = given
        return self.read(given)

    def read(self, given: dict[str, F32]) -> F32:
        """Return the outputs among the signals of a step, one after the other."""
        parts = [given[name] for name in self.model.outputs]
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)

    def _arriving(self, name: str, given: dict[str, F32]) -> F32:
        total: F32 | None = None
        for e in self._into[name]:
            part = self._past[e.source][-e.delay] if e.delay else given[e.source]
            total = part if total is None else total + part
        assert total is not None
        return total

    def _delayed(self, node: Delay, x: F32) -> F32:
        past = self._delay.setdefault(node.name, deque(maxlen=int(node.steps.max(initial=0)) + 1))
        past.appendleft(x)
        zero = self._zero[node.name]
        out = np.empty_like(zero)
        for d in np.unique(node.steps):
            seen = past[d] if d < len(past) else zero
            out[:, node.steps == d] = seen[:, node.steps == d]
        return out

    def _quiet(self) -> dict[str, F32]:
        """Return what each node gives while every neuron is silent and the input 0."""
        given = dict(self._zero)
        for node in self.model.nodes:
            if not isinstance(node, (Neurons, Delay)):
                parts = [given[e.source] for e in self._into[node.name]]
                signal = np.sum(parts, axis=0)
                given[node.name] = self._maps[node.name](signal)
        return given


def simulate(model: Model, x: NDArray[np.generic], keep: Collection[str] = KEEP) -> FloatTrace:
    """Run `model` over data.

    Parameters
    ----------
    x
        (samples, raw steps, *channels): the network's input, or raw samples where the model has
        an encoding.
    keep
        Which of ``spikes`` and ``v`` to record at every step.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # looked for by `diverging`
        return _simulate(model, x, keep)


def diverging(trace: FloatTrace) -> str | None:
    """Return the first layer whose membrane left the finite numbers, or None."""
    for name, v in trace.v_range.items():
        if not (np.isfinite(v.low).all() and np.isfinite(v.high).all()):
            return name
    return None


def _simulate(model: Model, x: NDArray[np.generic], keep: Collection[str]) -> FloatTrace:
    flat = encode(model.encoding, x.reshape(x.shape[0], x.shape[1], -1))
    n_samples, n_steps, _ = flat.shape
    run = FloatRun(model, n_samples)
    firing = [p for p in model.neurons if p.fires]
    spikes = {
        p.name: np.zeros((n_samples, n_steps, p.size), np.uint8) for p in firing if "spikes" in keep
    }
    v = {
        p.name: np.zeros((n_samples, n_steps, p.size), np.float32)
        for p in model.neurons
        if "v" in keep
    }
    counts = {p.name: 0 for p in firing}
    outputs = sum(run.layers[name].v.shape[1] for name in model.outputs)
    out = np.zeros((n_samples, n_steps, outputs), np.float32)
    for t in range(n_steps):
        out[:, t] = run.step(flat[:, t])
        for name, record in spikes.items():
            record[:, t] = run.given[name]
        for name, kept in v.items():
            kept[:, t] = run.layers[name].v
        for name in counts:
            counts[name] += int(run.given[name].sum())
    return FloatTrace(
        spikes=spikes,
        v=v,
        out=out,
        classes=decode(model.decode, out).argmax(axis=1),
        v_range={k: _range(a.v_low, a.v_high) for k, a in run.layers.items()},
        i_range={k: _range(a.i_low, a.i_high) for k, a in run.layers.items()},
        counts=counts,
    )


def _range(low: F32, high: F32) -> Range:
    return Range(low.astype(np.float64), high.astype(np.float64))


def decode(rule: DecodeRule, out: F32) -> F32:
    """Return the score of each output, (samples, outputs), from (samples, steps, outputs)."""
    if rule in ("readout-last", "per-step"):
        return out[:, -1]
    combine = np.mean if rule == "readout-mean" else np.sum
    return np.asarray(combine(out, axis=1), np.float32)


def encode(encoding: ModelEncoding | None, x: NDArray[np.generic]) -> F32:
    """Return the network's input, (samples, steps, channels) float32."""
    if encoding is None:
        return x.astype(np.float32)
    parts = []
    for k in range(len(x)):  # doubles of one sample at a time
        y = x[k : k + 1].astype(np.float64)
        for stage in encoding.stages:
            y = float_encoding.apply(stage, y)
        parts.append(y.astype(np.float32))
    return np.concatenate(parts)
