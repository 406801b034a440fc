# SPDX-License-Identifier: Apache-2.0
"""The maps into a layer of neurons as what the quantiser sees of them, and as integers."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ranvier import ir
from ranvier.nodes import Conv, FloatArray, Linear, Map, Pool, Scale
from ranvier.passes.compose import as_conv, dense
from ranvier.qformat import int_max
from ranvier.quantize.rounding import nearest


@dataclass(frozen=True, slots=True)
class Incoming:
    """One map into a layer, every gain folded in.

    Attributes
    ----------
    source, delay
        Where it comes from.
    map
        Linear, Conv, Pool or Scale, without a bias.
    unit
        Real value of one unit of the source.
    energy
        Mean over steps of the sum of squares of what one neuron sees of the source, which scales
        weight-rounding noise.
    """

    source: str
    delay: int
    map: Map
    unit: float
    energy: float

    @property
    def largest(self) -> FloatArray:
        """The largest magnitude of a weight of each neuron, (size,)."""
        match self.map:
            case Linear(weight=w):
                return np.asarray(np.abs(w).max(axis=1, initial=0.0))
            case Conv(weight=w):
                each = np.abs(w).reshape(len(w), -1).max(axis=1, initial=0.0)
                return np.repeat(each, self.map.size // len(w))
            case Pool(weight=one):
                return np.full(self.map.size, abs(one))
            case Scale(scale=s):
                return np.abs(s)
        raise TypeError(type(self.map).__name__)

    def most(self, peak: float, busiest: float) -> FloatArray:
        """Return what positive, or negative, weights add up to at most in a step, real, (size,).

        At an image's border windows reach less, which is not taken off.

        Parameters
        ----------
        peak, busiest
            The most that one element of the source gives, and all together, real.
        """
        match self.map:
            case Linear(weight=w):
                rows, repeat = w, 1
            case Conv(weight=w):
                rows, repeat = w.reshape(len(w), -1), self.map.size // len(w)
            case Pool(weight=one, kernel=k):
                rows, repeat = np.full((1, k[0] * k[1]), one), self.map.size
            case Scale(scale=s):
                rows, repeat = s[:, None], 1
            case _:
                raise TypeError(type(self.map).__name__)
        up, down = np.maximum(rows, 0).sum(axis=1), np.maximum(-rows, 0).sum(axis=1)
        return np.minimum(np.repeat(np.maximum(up, down), repeat) * peak, self.largest * busiest)

    @property
    def groups(self) -> NDArray[np.int64]:
        """Neurons that share weights, and so a scale, have one number, (size,)."""
        match self.map:
            case Conv(weight=w):
                return np.repeat(np.arange(len(w)), self.map.size // len(w))
            case Pool():
                return np.zeros(self.map.size, np.int64)
            case _:
                return np.arange(self.map.size)


def seen(node: Map) -> float:
    """Return the part of its inputs that one neuron sees through a map."""
    match node:
        case Conv(weight=w):
            return float(min(1.0, w[0].size / node.inputs))
        case Pool(kernel=k):
            return min(1.0, k[0] * k[1] / node.inputs)
        case Scale():
            return 1 / max(1, node.inputs)
        case _:
            return 1.0


def with_gain(node: Map, gain: FloatArray) -> Map:
    """Return a map whose outputs are `gain` (size,) times larger; exact."""
    if (gain == 1).all():
        return node
    match node:
        case Linear():
            return replace(node, weight=gain[:, None] * node.weight)
        case Scale():
            return replace(node, scale=gain * node.scale)
        case Pool() if (gain == gain[0]).all():
            return replace(node, weight=node.weight * float(gain[0]))
        case Conv() | Pool():
            conv = as_conv(node)
            planes = gain.reshape(len(conv.weight), -1)
            if (planes == planes[:, :1]).all():
                return replace(conv, weight=conv.weight * planes[:, :1, None, None])
    return Linear(name=node.name, weight=gain[:, None] * dense(node))


def partition(incoming: tuple[Incoming, ...], size: int, shared: bool) -> NDArray[np.int64]:
    """Return the neurons' groups of one scale each, (size,), numbered from 0.

    Neurons that share a weight in any map are in one group, as all neurons are where `shared`.
    """
    if shared:
        return np.zeros(size, np.int64)
    labels = np.arange(size)
    for p in incoming:
        while True:
            merged = labels.copy()
            for group in (p.groups, labels):
                least = np.full(int(group.max()) + 1, size)
                np.minimum.at(least, group, merged)
                merged = least[group]
            if (merged == labels).all():
                break
            labels = merged
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def matrix(node: Map) -> FloatArray | None:
    """Return a map's weights as (rows, columns), a row for each scale; None where each is alone."""
    match node:
        case Linear(weight=w):
            return w
        case Conv(weight=w):
            return w.reshape(len(w), -1)
        case _:
            return None


def connection(node: Map, step: FloatArray, bits: int) -> ir.Connection:
    """Return a map's weights as integers, each rounded to the nearest multiple of its `step`.

    Parameters
    ----------
    step
        Real value of one unit of a weight of each neuron, (size,).
    """
    limit = int_max(bits)
    weight = matrix(node)
    if weight is not None:
        rows = step.reshape(len(weight), -1)[:, :1]
        return with_raw(node, nearest(weight, rows, limit))
    match node:
        case Pool(weight=one):
            return ir.Pool(
                weight=int(nearest(np.array(one), step[0], limit)),
                input_shape=node.input_shape,
                kernel=node.kernel,
                stride=node.stride,
                padding=node.padding,
            )
        case Scale(scale=s):
            raw = nearest(s, step, limit)
            kept = np.flatnonzero(raw)
            return ir.Sparse(shape=(len(raw), len(raw)), target=kept, source=kept, weight=raw[kept])
    raise TypeError(type(node).__name__)


def with_raw(node: Map, raw: NDArray[np.int64]) -> ir.Connection:
    """Return the connection of a Linear or Conv whose integer weights are `raw` (rows, columns)."""
    if isinstance(node, Conv):
        return ir.Conv(
            weight=raw.reshape(node.weight.shape),
            input_shape=node.input_shape,
            stride=node.stride,
            padding=node.padding,
            dilation=node.dilation,
            groups=node.groups,
        )
    return ir.Dense(weight=raw)
