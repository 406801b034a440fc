# SPDX-License-Identifier: Apache-2.0
"""What a connection does to a vector of integers, exactly."""

from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ranvier.ir import Connection, Conv, Dense, IntArray, Pool, Sparse

_EXACT_IN_DOUBLE = 2**53
_BATCH = 2**20  # elements of an identity that are expanded at a time


def shape(connection: Connection) -> tuple[int, int]:
    """Return (targets, sources)."""
    match connection:
        case Dense(weight=weight):
            return weight.shape[0], weight.shape[1]
        case Sparse(shape=(targets, sources)):
            return targets, sources
        case Conv():
            height, width = output_size(connection)
            return connection.weight.shape[0] * height * width, int(np.prod(connection.input_shape))
        case Pool():
            height, width = output_size(connection)
            return connection.input_shape[0] * height * width, int(np.prod(connection.input_shape))


def weights(connection: Connection) -> IntArray:
    """Return the distinct stored weights, in any shape."""
    return np.asarray(connection.weight, np.int64)


def with_weights(connection: Connection, values: IntArray) -> Connection:
    """Return `connection` with its stored weights replaced, shape kept."""
    if isinstance(connection, Pool):
        return replace(connection, weight=int(values))
    return replace(connection, weight=values)


def apply(connection: Connection, x: IntArray) -> IntArray:
    """Return the exact sums y, (batch, targets), for x, (batch, sources), both int64.

    Sums must stay below 2**63; where they provably stay below 2**53 they are computed in doubles,
    which are then exact, because BLAS has no integer product.
    """
    match connection:
        case Dense(weight=weight):
            return _product(x, weight.T)
        case Sparse(shape=(targets, _), target=target, source=source, weight=weight):
            y = np.zeros((targets, len(x)), np.int64)
            np.add.at(y, target, (x[:, source] * weight).T)
            return y.T
        case Conv():
            return _conv(connection, x)
        case Pool():
            return _pool(connection, x)


def matrix(connection: Connection) -> IntArray:
    """Return the matrix that a connection stands for, (targets, sources); exact.

    It takes no more memory than a few times the matrix: a large identity is never multiplied.
    """
    if isinstance(connection, Dense):
        return connection.weight
    targets, sources = shape(connection)
    result = np.zeros((targets, sources), np.int64)
    if isinstance(connection, Sparse):
        result[connection.target, connection.source] = connection.weight
        return result
    batch = max(1, _BATCH // sources)
    for first in range(0, sources, batch):
        some = np.eye(min(batch, sources - first), sources, first, np.int64)
        result[:, first : first + batch] = apply(connection, some).T
    return result


def _product(x: IntArray, w: IntArray) -> IntArray:
    """Return x @ w, exactly."""
    if x.size == 0 or w.size == 0:
        return np.zeros((len(x), w.shape[1]), np.int64)
    bound = int(np.abs(x).max()) * int(np.abs(w).sum(axis=0).max())
    if bound < _EXACT_IN_DOUBLE:
        return (x.astype(np.float64) @ w.astype(np.float64)).astype(np.int64)
    return x @ w


def output_size(connection: Conv | Pool) -> tuple[int, int]:
    """Return the height and width of what a convolution or a pooling gives."""
    _, h, w = connection.input_shape
    if isinstance(connection, Conv):
        top, bottom, left, right = connection.padding
        taps = connection.weight.shape[2:]
        kernel = [d * (k - 1) + 1 for d, k in zip(connection.dilation, taps, strict=True)]
    else:
        top = bottom = connection.padding[0]
        left = right = connection.padding[1]
        kernel = list(connection.kernel)
    height = (h + top + bottom - kernel[0]) // connection.stride[0] + 1
    width = (w + left + right - kernel[1]) // connection.stride[1] + 1
    return height, width


def _window(
    x: NDArray[np.int64], row: int, col: int, size: tuple[int, int], stride: tuple[int, int]
) -> IntArray:
    """Return what kernel tap (row, col) sees: x[..., row::stride, col::stride], `size` of them."""
    rows = slice(row, row + (size[0] - 1) * stride[0] + 1, stride[0])
    cols = slice(col, col + (size[1] - 1) * stride[1] + 1, stride[1])
    return x[..., rows, cols]


def _conv(c: Conv, x: IntArray) -> IntArray:
    top, bottom, left, right = c.padding
    size = output_size(c)
    out_channels, per_group, kh, kw = c.weight.shape
    image = np.pad(
        x.reshape(len(x), *c.input_shape), ((0, 0), (0, 0), (top, bottom), (left, right))
    )
    y = np.zeros((len(x), out_channels, *size), np.int64)
    step = out_channels // c.groups
    for g, a, b in product(range(c.groups), range(kh), range(kw)):
        source = image[:, g * per_group : (g + 1) * per_group]
        seen = _window(source, a * c.dilation[0], b * c.dilation[1], size, c.stride)
        flat = np.moveaxis(seen, 1, -1).reshape(-1, per_group)
        part = _product(flat, c.weight[g * step : (g + 1) * step, :, a, b].T)
        y[:, g * step : (g + 1) * step] += np.moveaxis(part.reshape(len(x), *size, step), -1, 1)
    return y.reshape(len(x), -1)


def _pool(p: Pool, x: IntArray) -> IntArray:
    size = output_size(p)
    pad_h, pad_w = p.padding
    image = np.pad(
        x.reshape(len(x), *p.input_shape), ((0, 0), (0, 0), (pad_h, pad_h), (pad_w, pad_w))
    )
    y = np.zeros((len(x), p.input_shape[0], *size), np.int64)
    for a, b in product(range(p.kernel[0]), range(p.kernel[1])):
        y += _window(image, a, b, size, p.stride)
    return y.reshape(len(x), -1) * p.weight
