# SPDX-License-Identifier: Apache-2.0
"""Remove neurons that never fire, and turn those that always fire into a bias."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranvier.discrete import difference
from ranvier.float_neurons import FloatLayer
from ranvier.model import Model
from ranvier.nodes import FloatArray, Linear, Neurons, Node

_STEPS = 3  # a state that comes back unchanged, with the same spikes, stays for ever


def drop_silent(model: Model) -> Model:
    """Drop neurons of hidden layers that nothing reaches: silent for ever, or firing every step.

    A neuron without a weight from anywhere repeats itself once its state does. Silent ones go with
    their columns; what one that fires from the first step on gives becomes the bias of its targets.
    Exact in real numbers, and idempotent. Layers that touch a convolution, a pool or a delay are
    left alone.
    """
    for layer in model.neurons:
        if layer.name in model.outputs or not layer.fires:
            continue
        into = [model.node(e.source) for e in model.into(layer.name)]
        out = [e for e in model.edges if e.source == layer.name]
        maps = [model.node(e.target) for e in out]
        weights = [n.weight for n in into if isinstance(n, Linear)]
        plain = all(isinstance(n, Linear) for n in (*into, *maps)) and not any(e.delay for e in out)
        if not plain or not weights:
            continue
        alone = ~np.any([np.abs(w).max(axis=1, initial=0.0) > 0 for w in weights], axis=0)
        steady = _steady(layer, model.dt)
        drop = alone & (_silent(layer, model.dt) | (steady > 0))
        if drop.any() and not drop.all():
            model = _without(model, layer, drop, np.where(drop, steady, 0.0))
    return model


def _silent(layer: Neurons, dt: float) -> NDArray[np.bool_]:
    """Return which neurons never fire on their bias alone.

    Current and membrane then approach their ends from one side, so that none is passed by, unless
    more than all leaks in a step; a lower bound holds a membrane up. float32's rounding is left a
    margin of 1e-5.
    """
    assert layer.v_threshold is not None
    d = difference(layer, dt)
    bias = layer.bias if layer.bias is not None else np.zeros(layer.size)
    current = bias if d.leaks_syn is None else _end(d.gain_in * bias, d.leaks_syn)
    drive = d.gain * np.where(current == 0, 0.0, current)
    end = _end(np.maximum(drive, 0) + d.leak, d.leaks)
    bound = layer.dynamics.lower_bound
    highest = np.maximum(np.maximum(d.start, end), -np.inf if bound is None else bound)
    one_sided = np.all([alpha >= 0 for alpha in d.alphas], axis=0)
    below = highest < layer.v_threshold - 1e-5 * np.abs(layer.v_threshold)
    return np.asarray(one_sided & below)


def _end(step: FloatArray, leaks: FloatArray) -> FloatArray:
    """Return where a state settles that gets `step` and loses a part of itself in each step."""
    kept = leaks > 0
    far = np.where(step > 0, np.inf, np.where(step < 0, -np.inf, 0.0))
    return np.where(kept, step / np.where(kept, leaks, 1.0), far)


def _steady(layer: Neurons, dt: float) -> FloatArray:
    """Return what neurons that do the same in every step from the first give, 0 for the others."""
    run = FloatLayer(layer, dt, 1)
    given, states = [], []
    for _ in range(_STEPS):
        given.append(run.step(np.zeros((1, layer.size), np.float32))[0])
        states.append(np.concatenate([run.v, run.i]))
    still = (states[-1] == states[-2]).all(axis=0)
    same = still & np.all([g == given[0] for g in given], axis=0)
    return np.where(same, given[0], 0.0).astype(np.float64)


def _without(model: Model, layer: Neurons, drop: NDArray[np.bool_], steady: FloatArray) -> Model:
    keep = ~drop
    before = {e.source for e in model.into(layer.name)}
    after = {e.target for e in model.edges if e.source == layer.name}
    biases = {
        target: np.asarray(node.weight) @ steady
        for e in model.edges
        if e.source in after
        for target, node in [(e.target, model.node(e.source))]
        if isinstance(node, Linear)
    }
    nodes: list[Node] = []
    for node in model.nodes:
        if node.name == layer.name:
            node = _kept(layer, keep)
        if isinstance(node, Linear) and node.name in before:
            node = replace(node, weight=node.weight[keep])
        if isinstance(node, Linear) and node.name in after:
            node = replace(node, weight=node.weight[:, keep])
        if isinstance(node, Neurons) and node.name in biases and biases[node.name].any():
            own = biases[node.name][keep] if node.name == layer.name else biases[node.name]
            node = replace(node, bias=own if node.bias is None else node.bias + own)
        nodes.append(node)
    return model.with_graph(tuple(nodes), model.edges)


def _kept(layer: Neurons, keep: NDArray[np.bool_]) -> Neurons:
    arrays: dict[str, Any] = {
        f.name: value[keep]
        for f in fields(layer)
        if isinstance(value := getattr(layer, f.name), np.ndarray)
    }
    return replace(layer, size=int(keep.sum()), **arrays)
