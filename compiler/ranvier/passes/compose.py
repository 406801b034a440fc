# SPDX-License-Identifier: Apache-2.0
"""One linear map for two in a row, in the smallest form that is exact. Biases are folded before."""

from dataclasses import replace
from itertools import product

import numpy as np

from ranvier.errors import RanvierError
from ranvier.float_maps import ready
from ranvier.nodes import Conv, Flatten, FloatArray, Linear, Map, Pool, Scale

_LARGEST_MATRIX = 2**25  # weights


def compose(outer: Map, inner: Map | None) -> Map:
    """Return the map that applies `inner`, then `outer`; None is the identity."""
    if inner is None or isinstance(inner, Flatten):
        return outer
    if isinstance(outer, Flatten):
        return inner
    match outer, inner:
        case Scale(), Scale():
            return replace(outer, scale=outer.scale * inner.scale)
        case Scale(), Linear():
            return replace(inner, weight=outer.scale[:, None] * inner.weight)
        case Linear(), Scale():
            return replace(outer, weight=outer.weight * inner.scale)
        case Linear(), Linear():
            return replace(outer, weight=outer.weight @ inner.weight)
        case Linear(), (Conv() | Pool()):
            return Linear(name=outer.name, weight=_through(outer.weight, inner))
        case ((Conv() | Pool()), Linear()):
            columns = ready(outer, np.float64)(np.ascontiguousarray(inner.weight.T))
            return Linear(name=outer.name, weight=np.asarray(columns.T, np.float64))
        case Scale(), (Conv() | Pool()):
            return _scaled(outer, as_conv(inner)) or dense_of(outer, inner)
        case ((Conv() | Pool()), Scale()):
            return _of_scaled(as_conv(outer), inner) or dense_of(outer, inner)
        case ((Conv() | Pool()), (Conv() | Pool())):
            return _both(as_conv(outer), as_conv(inner)) or dense_of(outer, inner)
    raise TypeError(f"{type(outer).__name__} after {type(inner).__name__}")


def add(a: Map, b: Map) -> Map | None:
    """Return the sum of two maps of one source, or None where it has no form of theirs."""
    match a, b:
        case Linear(), Linear():
            return replace(a, weight=a.weight + b.weight)
        case Scale(), Scale():
            return replace(a, scale=a.scale + b.scale)
        case (Linear(), Scale()) | (Scale(), Linear()):
            matrix, diagonal = (a, b) if isinstance(a, Linear) else (b, a)
            assert isinstance(matrix, Linear)
            assert isinstance(diagonal, Scale)
            return replace(matrix, weight=matrix.weight + np.diag(diagonal.scale))
        case Conv(), Conv():
            same = a.weight.shape == b.weight.shape and _geometry(a) == _geometry(b)
            return replace(a, weight=a.weight + b.weight) if same else None
        case _:
            return None


def _geometry(c: Conv) -> tuple[object, ...]:
    return (c.input_shape, c.stride, c.padding, c.dilation, c.groups)


def dense(node: Map) -> FloatArray:
    """Return the matrix (size, inputs) of a map.

    Raises
    ------
    RanvierError
        Q007 where it would not fit this computer.
    """
    if isinstance(node, Linear):
        return node.weight
    if node.size * node.inputs > _LARGEST_MATRIX:
        raise RanvierError(
            "Q007",
            f"{node.name} is a matrix of {node.size} x {node.inputs} once it is put together",
            loc=node.name,
            hint="keep convolutions and pools apart from what cannot be folded into them",
        )
    return np.asarray(ready(node, np.float64)(np.eye(node.inputs)).T, np.float64)


def dense_of(outer: Map, inner: Map) -> Linear:
    """Return two maps as one matrix."""
    return Linear(name=outer.name, weight=dense(outer) @ dense(inner))


def as_conv(node: Conv | Pool) -> Conv:
    """Return a pool as the convolution of each channel that it is."""
    if isinstance(node, Conv):
        return node
    channels = node.input_shape[0]
    return Conv(
        name=node.name,
        weight=np.full((channels, 1, *node.kernel), node.weight),
        input_shape=node.input_shape,
        stride=node.stride,
        padding=(node.padding[0], node.padding[0], node.padding[1], node.padding[1]),
        groups=channels,
    )


def _through(weight: FloatArray, inner: Conv | Pool) -> FloatArray:
    """Return ``weight @ matrix of inner``: each tap adds to the pixel it sees."""
    c = as_conv(inner)
    if weight.shape[0] * c.inputs > _LARGEST_MATRIX:
        return dense_of(Linear(name=c.name, weight=weight), inner).weight
    channels, h, w = c.input_shape
    out_channels, oh, ow = c.output_shape
    top, bottom, left, right = c.padding
    image = np.zeros((len(weight), channels, h + top + bottom, w + left + right))
    given = weight.reshape(len(weight), out_channels, oh, ow)
    per, step = c.weight.shape[1], out_channels // c.groups
    for a, b in product(*(range(k) for k in c.weight.shape[2:])):
        y, x = a * c.dilation[0], b * c.dilation[1]
        rows = slice(y, y + (oh - 1) * c.stride[0] + 1, c.stride[0])
        cols = slice(x, x + (ow - 1) * c.stride[1] + 1, c.stride[1])
        for g in range(c.groups):
            own = slice(g * step, (g + 1) * step)
            tap = np.einsum("toyx,oi->tiyx", given[:, own], c.weight[own, :, a, b])
            image[:, g * per : (g + 1) * per, rows, cols] += tap
    kept = image[:, :, top : top + h, left : left + w]
    return np.ascontiguousarray(kept).reshape(len(weight), -1)


def _scaled(outer: Scale, c: Conv) -> Conv | None:
    planes = outer.scale.reshape(c.output_shape[0], -1)
    if np.ptp(planes, axis=1).any():
        return None
    return replace(c, name=outer.name, weight=c.weight * planes[:, :1, None, None])


def _of_scaled(c: Conv, inner: Scale) -> Conv | None:
    planes = inner.scale.reshape(c.input_shape[0], -1)
    if np.ptp(planes, axis=1).any():
        return None
    per, step = c.weight.shape[1], len(c.weight) // c.groups
    factor = np.repeat(planes[:, 0].reshape(c.groups, per), step, axis=0)
    return replace(c, weight=c.weight * factor[:, :, None, None])


def _both(outer: Conv, inner: Conv) -> Conv | None:
    """Return two convolutions as one, where the padding between them hides nothing.

    Taps of the outer kernel that fall beside the inner image see zeros; one convolution sees what
    the inner kernel would have made of the input there. They are one where that is nothing.
    """
    if not all(_hides_nothing(outer, inner, axis) for axis in (0, 1)):
        return None
    middle = inner.weight.shape[0]
    full_outer, full_inner = _full(outer), _full(inner)
    steps = [inner.stride[k] * outer.dilation[k] for k in (0, 1)]
    reach = [
        steps[k] * (outer.weight.shape[2 + k] - 1)
        + inner.dilation[k] * (inner.weight.shape[2 + k] - 1)
        + 1
        for k in (0, 1)
    ]
    weight = np.zeros((len(outer.weight), inner.input_shape[0], *reach))
    for a, b in product(*(range(k) for k in outer.weight.shape[2:])):
        for c, d in product(*(range(k) for k in inner.weight.shape[2:])):
            y = steps[0] * a + inner.dilation[0] * c
            x = steps[1] * b + inner.dilation[1] * d
            weight[:, :, y, x] += full_outer[:, :middle, a, b] @ full_inner[:, :, c, d]
    stride = tuple(inner.stride[k] * outer.stride[k] for k in (0, 1))
    out = outer.output_shape
    pads: list[int] = []
    for k in (0, 1):
        before = inner.stride[k] * outer.padding[2 * k] + inner.padding[2 * k]
        after = (out[1 + k] - 1) * stride[k] + reach[k] - inner.input_shape[1 + k] - before
        pads += [before, max(0, after)]
    found = Conv(
        name=outer.name,
        weight=weight,
        input_shape=inner.input_shape,
        stride=(stride[0], stride[1]),
        padding=(pads[0], pads[1], pads[2], pads[3]),
    )
    return _grouped(found) if found.output_shape == out else None


def _hides_nothing(outer: Conv, inner: Conv, axis: int) -> bool:
    before, after = outer.padding[2 * axis], outer.padding[2 * axis + 1]
    last_tap = inner.dilation[axis] * (inner.weight.shape[2 + axis] - 1)
    first = inner.padding[2 * axis]
    beyond = inner.stride[axis] * inner.output_shape[1 + axis] - first  # first pixel it would see
    return (not before or last_tap - first < inner.stride[axis]) and (
        not after or beyond >= inner.input_shape[1 + axis]
    )


def _full(c: Conv) -> FloatArray:
    """Return the kernel (out, in, h, w) without groups."""
    out, per, *taps = c.weight.shape
    step = out // c.groups
    full = np.zeros((out, c.input_shape[0], *taps))
    for g in range(c.groups):
        own, seen = slice(g * step, (g + 1) * step), slice(g * per, (g + 1) * per)
        full[own, seen] = c.weight[own]
    return full


def _grouped(c: Conv) -> Conv:
    """Return c with a group a channel where its kernel has no other weights."""
    out, channels = c.weight.shape[:2]
    off = ~np.eye(channels, dtype=bool)
    if out != channels or channels == 1 or c.weight[off].any():
        return c
    own = c.weight[np.arange(channels), np.arange(channels)][:, None]
    return replace(c, weight=own, groups=channels)
