# SPDX-License-Identifier: Apache-2.0
"""Runs the float model over data, in float32 as the frameworks do."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranvier.model import (
    INPUT,
    DecodeRule,
    EncodeStage,
    Flatten,
    Linear,
    Model,
    ModelEncoding,
    Neurons,
    Scale,
)

F32 = NDArray[np.float32]


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
        By layer of neurons, (samples, steps, size); v is the membrane after the reset.
    out
        What the decoder read, (samples, steps, outputs).
    classes
        Decoded class, (samples,).
    v_range, i_range
        By layer: extremes of the membrane before the reset, and of the synaptic current.
    """

    spikes: dict[str, NDArray[np.uint8]]
    v: dict[str, F32]
    out: F32
    classes: NDArray[np.int64]
    v_range: dict[str, Range]
    i_range: dict[str, Range]


class _Layer:
    """One layer of neurons over a batch, by forward Euler.

    ``i += dt/tau_syn * (w_in*x - i)``; ``v += dt/tau_mem * (v_leak - v + r*i)``, each product
    rounded to float32, which is how NIR's equations discretise.
    """

    def __init__(self, p: Neurons, dt: float, n_samples: int) -> None:
        def f32(x: NDArray[np.float64] | float) -> F32:
            return np.asarray(x, np.float32)

        shape = (n_samples, p.size)
        self._p = p
        self._k_mem = f32(dt / p.tau_mem) if p.tau_mem is not None else None
        self._k_syn = f32(dt / p.tau_syn) if p.tau_syn is not None else None
        self._r = f32(p.r) if self._k_mem is not None else f32(p.r * dt)
        self._leak = f32(p.v_leak if p.v_leak is not None else 0.0)
        self._w_in = f32(p.w_in if p.w_in is not None else 1.0)
        self._threshold = f32(p.v_threshold) if p.v_threshold is not None else None
        self._reset = f32(p.v_reset if p.v_reset is not None else 0.0)
        self.v: F32 = np.zeros(shape, np.float32)
        self.i: F32 = np.zeros(shape, np.float32)
        self.v_low, self.v_high = np.zeros(p.size), np.zeros(p.size)
        self.i_low, self.i_high = np.zeros(p.size), np.zeros(p.size)

    def step(self, x: F32) -> F32:
        """Advance one step; return the spikes, or the membrane of a readout."""
        current = x
        if self._k_syn is not None:
            before = self.i
            self.i = before + self._k_syn * (self._w_in * x - before)
            current = self.i if self._p.dynamics.synapse_read == "after" else before
            np.minimum(self.i_low, self.i.min(axis=0), out=self.i_low)
            np.maximum(self.i_high, self.i.max(axis=0), out=self.i_high)
        if self._k_mem is not None:
            v = self.v + self._k_mem * (self._leak - self.v + self._r * current)
        else:
            v = self.v + self._r * current
        np.minimum(self.v_low, v.min(axis=0), out=self.v_low)
        np.maximum(self.v_high, v.max(axis=0), out=self.v_high)
        if self._threshold is None:
            self.v = v
            return v
        fired = v > self._threshold if self._p.dynamics.compare == ">" else v >= self._threshold
        match self._p.dynamics.reset:
            case "value":
                self.v = np.where(fired, self._reset, v)
            case "subtract":
                self.v = np.where(fired, v - self._threshold, v)
            case "none":
                self.v = v
        return fired.astype(np.float32)


def simulate(model: Model, x: NDArray[np.generic]) -> FloatTrace:
    """Run `model` over data.

    Parameters
    ----------
    x
        (samples, raw steps, *channels): the network's input, or raw samples where the model has
        an encoding.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # looked for by `diverging`
        return _simulate(model, x)


def diverging(trace: FloatTrace) -> str | None:
    """Return the first layer whose membrane left the finite numbers, or None."""
    for name, v in trace.v_range.items():
        if not (np.isfinite(v.low).all() and np.isfinite(v.high).all()):
            return name
    return None


def _simulate(model: Model, x: NDArray[np.generic]) -> FloatTrace:
    flat = encode(model.encoding, x.reshape(x.shape[0], x.shape[1], -1))
    n_samples, n_steps, _ = flat.shape
    layers = {p.name: _Layer(p, model.dt, n_samples) for p in model.neurons}
    spikes = {
        p.name: np.zeros((n_samples, n_steps, p.size), np.uint8) for p in model.neurons if p.fires
    }
    v = {p.name: np.zeros((n_samples, n_steps, p.size), np.float32) for p in model.neurons}
    out = np.zeros((n_samples, n_steps, layers[model.output].v.shape[1]), np.float32)
    sources = {n.name: model.sources(n.name) for n in model.nodes}
    for t in range(n_steps):
        signal: dict[str, F32] = {INPUT: flat[:, t]}
        for node in model.nodes:
            first, *others = sources[node.name]
            x_in = sum((signal[s] for s in others), start=signal[first])
            match node:
                case Linear(weight=weight, bias=bias):
                    y = x_in @ weight.astype(np.float32).T
                    signal[node.name] = y if bias is None else y + bias.astype(np.float32)
                case Scale(scale=scale):
                    signal[node.name] = x_in * scale.astype(np.float32)
                case Flatten():
                    signal[node.name] = x_in
                case Neurons():
                    signal[node.name] = layers[node.name].step(x_in)
                    v[node.name][:, t] = layers[node.name].v
                    if node.fires:
                        spikes[node.name][:, t] = signal[node.name]
        out[:, t] = signal[model.output]
    return FloatTrace(
        spikes=spikes,
        v=v,
        out=out,
        classes=decode(model.decode, out).argmax(axis=1),
        v_range={k: Range(a.v_low, a.v_high) for k, a in layers.items()},
        i_range={k: Range(a.i_low, a.i_high) for k, a in layers.items()},
    )


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
    y = x.astype(np.float64)
    for stage in encoding.stages:
        y = _stage(stage, y)
    return y.astype(np.float32)


def _stage(stage: EncodeStage, x: NDArray[np.float64]) -> NDArray[np.float64]:
    match stage.kind:
        case "affine":
            assert stage.offset is not None
            assert stage.scale is not None
            return (x - stage.offset) * stage.scale
        case "rectify":
            return np.abs(x)
        case "clip":
            return np.clip(x, stage.low, stage.high)
        case "count":
            samples, steps, channels = x.shape
            whole = steps // stage.window
            kept = x[:, : whole * stage.window]
            return np.asarray(np.sum(kept.reshape(samples, whole, stage.window, channels), axis=2))
