# SPDX-License-Identifier: Apache-2.0
"""What the linear nodes of a float model do to a signal."""

from collections.abc import Callable
from functools import partial
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranvier.nodes import Conv, Flatten, Linear, Map, Pool, Scale

Reals = NDArray[np.floating[Any]]


def ready(
    node: Map, dtype: type[np.floating[Any]] = np.float32, biased: bool = True
) -> Callable[[Reals], Reals]:
    """Return the function (batch, inputs) -> (batch, size) of a linear node, weights converted.

    Parameters
    ----------
    dtype
        What is computed in; frameworks use float32.
    biased
        Whether the node's bias is added.
    """
    bias = (
        node.bias.astype(dtype)
        if isinstance(node, (Linear, Conv)) and biased and (node.bias is not None)
        else None
    )
    match node:
        case Linear(weight=weight):
            return partial(_linear, weight.astype(dtype).T, bias)
        case Conv(weight=weight):
            return partial(_conv, node, weight.astype(dtype), bias)
        case Pool():
            return partial(_pool, node, dtype(node.weight))
        case Scale(scale=scale):
            return partial(np.multiply, scale.astype(dtype))
        case Flatten():
            return lambda x: x


def _linear(weight: Reals, bias: Reals | None, x: Reals) -> Reals:
    y = x @ weight
    return y if bias is None else y + bias


def _conv(c: Conv, weight: Reals, bias: Reals | None, x: Reals) -> Reals:
    out_channels, height, width = c.output_shape
    _, per_group, kh, kw = c.weight.shape
    top, bottom, left, right = c.padding
    image = np.pad(
        x.reshape(len(x), *c.input_shape), ((0, 0), (0, 0), (top, bottom), (left, right))
    )
    step = out_channels // c.groups
    parts = []
    for g in range(c.groups):
        seen = np.empty((len(x), per_group * kh * kw, height * width), x.dtype)
        source = image[:, g * per_group : (g + 1) * per_group]
        for a, b in product(range(kh), range(kw)):
            rows = slice(a * c.dilation[0], None)
            cols = slice(b * c.dilation[1], None)
            tap = source[:, :, rows, cols][:, :, :: c.stride[0], :: c.stride[1]]
            at = np.arange(per_group) * kh * kw + a * kw + b
            seen[:, at] = tap[:, :, :height, :width].reshape(len(x), per_group, -1)
        kernel = weight[g * step : (g + 1) * step].reshape(step, -1)
        parts.append(np.matmul(kernel, seen))
    y = np.concatenate(parts, axis=1) if len(parts) > 1 else parts[0]
    if bias is not None:
        y = y + bias[:, None]
    return y.reshape(len(x), -1)


def _pool(p: Pool, weight: np.floating[Any], x: Reals) -> Reals:
    channels, height, width = p.output_shape
    pad_h, pad_w = p.padding
    image = np.pad(
        x.reshape(len(x), *p.input_shape), ((0, 0), (0, 0), (pad_h, pad_h), (pad_w, pad_w))
    )
    y = np.zeros((len(x), channels, height, width), x.dtype)
    for a, b in product(range(p.kernel[0]), range(p.kernel[1])):
        tap = image[:, :, a:, b:][:, :, :: p.stride[0], :: p.stride[1]]
        y += tap[:, :, :height, :width]
    return (y * weight).reshape(len(x), -1)
