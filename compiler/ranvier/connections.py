# SPDX-License-Identifier: Apache-2.0
"""What a connection does to a vector of integers, exactly."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranvier.ir import Connection, Conv, Dense, IntArray, Pool, Sparse

# Below these every partial sum of integers is exact, whatever the order of summation.
_EXACT_IN_FLOAT, _EXACT_IN_DOUBLE = 2**24, 2**53
_BATCH = 2**20  # elements of an identity, or of a convolution's windows, at a time


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

    Sums must stay below 2**63; where they provably stay below 2**24 or 2**53 they are computed in
    floats or doubles, which are then exact, because BLAS has no integer product.
    """
    return ready(connection)(x)


def ready(connection: Connection) -> Callable[[IntArray], IntArray]:
    """Return `apply` of one connection, what does not depend on x done once."""
    match connection:
        case Dense(weight=weight):
            return partial(_dense, _Exact(weight))
        case Sparse():
            return partial(by_entries, compressed(connection))
        case Conv(weight=weight, groups=groups):
            kernels = weight.reshape(groups, len(weight) // groups, -1)
            return partial(_conv, connection, [_Exact(k) for k in kernels])
        case Pool():
            return partial(_pool, connection)


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


def entries(weight: IntArray) -> Sparse:
    """Return a matrix (targets, sources) by those of its weights that are not 0; exact."""
    source, target = np.nonzero(weight.T)
    return Sparse(
        shape=(weight.shape[0], weight.shape[1]),
        target=target.astype(np.int64),
        source=source.astype(np.int64),
        weight=weight[target, source],
    )


class _Exact:
    """A matrix (targets, sources), converted once to each type in which products are exact."""

    def __init__(self, weight: IntArray) -> None:
        self._most = int(np.abs(weight).sum(axis=1).max(initial=0))
        self._as: dict[type[Any], NDArray[Any]] = {np.int64: weight}

    def against(self, x: IntArray) -> tuple[NDArray[Any], type[Any]]:
        """Return the matrix, and the type of x, for their exact product."""
        bound = int(np.abs(x).max(initial=0)) * self._most
        kind: type[Any] = np.int64
        if bound < _EXACT_IN_DOUBLE:
            kind = np.float32 if bound < _EXACT_IN_FLOAT else np.float64
        if kind not in self._as:
            self._as[kind] = self._as[np.int64].astype(kind)
        return self._as[kind], kind


def _dense(weight: _Exact, x: IntArray) -> IntArray:
    w, kind = weight.against(x)
    return np.asarray(x.astype(kind) @ w.T, np.int64)


def compressed(c: Sparse, dtype: type[Any] = np.int64) -> Any:
    """Return a sparse connection as SciPy's array of compressed rows."""
    from scipy.sparse import csr_array  # takes 0.1 s, and few networks need it

    return csr_array((c.weight.astype(dtype), (c.target, c.source)), shape=c.shape)


def by_entries(rows: Any, x: NDArray[Any]) -> NDArray[Any]:
    """Return what `compressed` rows make of x, (batch, sources), in the type of both."""
    return np.asarray((rows @ x.T).T)


def output_size(connection: Conv | Pool) -> tuple[int, int]:
    """Return the height and width of what a convolution or a pooling gives."""
    _, h, w = padded(connection)
    if isinstance(connection, Conv):
        taps = connection.weight.shape[2:]
        kernel = [d * (k - 1) + 1 for d, k in zip(connection.dilation, taps, strict=True)]
    else:
        kernel = list(connection.kernel)
    height = (h - kernel[0]) // connection.stride[0] + 1
    width = (w - kernel[1]) // connection.stride[1] + 1
    return height, width


def padded(connection: Conv | Pool) -> tuple[int, int, int]:
    """Return the shape of the image with its padding."""
    channels, h, w = connection.input_shape
    if isinstance(connection, Conv):
        top, bottom, left, right = connection.padding
    else:
        (top, left) = (bottom, right) = connection.padding
    return channels, h + top + bottom, w + left + right


def _window(
    x: NDArray[Any], row: int, col: int, size: tuple[int, int], stride: tuple[int, int]
) -> NDArray[Any]:
    """Return what kernel tap (row, col) sees: x[..., row::stride, col::stride], `size` of them."""
    rows = slice(row, row + (size[0] - 1) * stride[0] + 1, stride[0])
    cols = slice(col, col + (size[1] - 1) * stride[1] + 1, stride[1])
    return x[..., rows, cols]


def _conv(c: Conv, kernels: list[_Exact], x: IntArray) -> IntArray:
    top, bottom, left, right = c.padding
    height, width = output_size(c)
    out_channels, per_group, kh, kw = c.weight.shape
    step = out_channels // c.groups
    y = np.empty((len(x), out_channels, height * width), np.int64)
    batch = max(1, _BATCH // max(1, per_group * kh * kw * height * width))
    for first, g in product(range(0, len(x), batch), range(c.groups)):
        some = x[first : first + batch].reshape(-1, *c.input_shape)
        source = some[:, g * per_group : (g + 1) * per_group]
        kernel, kind = kernels[g].against(source)
        image = np.pad(source.astype(kind), ((0, 0), (0, 0), (top, bottom), (left, right)))
        seen = np.empty((len(some), per_group, kh, kw, height, width), kind)
        for a, b in product(range(kh), range(kw)):
            seen[:, :, a, b] = _window(
                image, a * c.dilation[0], b * c.dilation[1], (height, width), c.stride
            )
        y[first : first + batch, g * step : (g + 1) * step] = np.matmul(
            kernel, seen.reshape(len(some), -1, height * width)
        )
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
