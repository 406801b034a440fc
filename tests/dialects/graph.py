# SPDX-License-Identifier: Apache-2.0
"""NIR's connections for the equations: every sum of the recorded networks is exact in float32."""

from collections.abc import Callable
from typing import Any

import nir
import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float32]
Edge = tuple[str, str]


def f32(value: Any) -> Signal:
    """Return float32, rounded to nearest."""
    return np.asarray(value, np.float32)


def order(graph: Any) -> tuple[set[Edge], list[str]]:
    """Return the edges that take a step, and the nodes in the order in which a step runs.

    An edge takes a step where it leads from neurons into the matrix of their own loop.
    """
    edges = set(graph.edges)
    late = {
        (a, b)
        for a, b in edges
        if (b, a) in edges and isinstance(graph.nodes[b], (nir.Linear, nir.Affine))
    }
    keys: list[str] = []
    while len(keys) < len(graph.nodes):
        ready = sorted(
            k
            for k in graph.nodes
            if k not in keys and all(a in keys for a, b in edges - late if b == k)
        )
        assert ready, "a loop without a matrix"
        keys += ready
    return late, keys


def connection(node: Any) -> Callable[[Signal], Signal]:
    """Return what a node that isn't a neuron does with (samples, *shape)."""
    if isinstance(node, (nir.Input, nir.Output)):
        return lambda x: x
    if isinstance(node, nir.Flatten):
        return lambda x: x.reshape(x.shape[0], -1)
    if isinstance(node, (nir.Linear, nir.Affine)):
        weight, bias = f32(node.weight), f32(getattr(node, "bias", 0.0))
        return lambda x: f32(x @ weight.T + bias)
    if isinstance(node, nir.Scale):
        scale = f32(node.scale)
        return lambda x: x * scale
    if isinstance(node, nir.Conv2d):
        return lambda x: _conv(x, node)
    if isinstance(node, (nir.SumPool2d, nir.AvgPool2d)):
        return lambda x: _pool(x, node)
    raise AssertionError(f"no equation for {type(node).__name__}")


def _two(value: Any) -> tuple[int, int]:
    a, b = np.broadcast_to(np.asarray(value, int), (2,))
    return int(a), int(b)


def _patches(
    x: Signal, kernel: tuple[int, int], stride: Any, padding: Any, dilation: Any = 1
) -> NDArray[np.float32]:
    """Return (samples, channels, kernel rows, kernel columns, out rows, out columns)."""
    (sh, sw), (ph, pw), (dh, dw) = _two(stride), _two(padding), _two(dilation)
    x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    rows = (x.shape[2] - dh * (kernel[0] - 1) - 1) // sh + 1
    columns = (x.shape[3] - dw * (kernel[1] - 1) - 1) // sw + 1
    out = np.zeros((*x.shape[:2], *kernel, rows, columns), np.float32)
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            out[:, :, i, j] = x[:, :, i * dh :, j * dw :][:, :, ::sh, ::sw][:, :, :rows, :columns]
    return out


def _conv(x: Signal, node: Any) -> Signal:
    weight = f32(node.weight)
    outputs, inputs, kh, kw = weight.shape
    patches = _patches(x, (kh, kw), node.stride, node.padding, node.dilation)
    each = outputs // node.groups
    parts = [
        np.einsum(
            "ncijrq,ocij->norq",
            patches[:, g * inputs : (g + 1) * inputs],
            weight[g * each : (g + 1) * each],
        )
        for g in range(node.groups)
    ]
    bias = np.broadcast_to(f32(node.bias).ravel(), (outputs,))
    return f32(np.concatenate(parts, axis=1) + bias[:, None, None])


def _pool(x: Signal, node: Any) -> Signal:
    kernel = _two(node.kernel_size)
    patches = _patches(x, kernel, node.stride, node.padding)
    total = patches.sum(axis=(2, 3), dtype=np.float32)
    if isinstance(node, nir.AvgPool2d):
        total = total / np.float32(kernel[0] * kernel[1])
    return f32(total)
