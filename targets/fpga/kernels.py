# SPDX-License-Identifier: Apache-2.0
"""Convolutions and poolings whose weights are shared: their layout, and whom an event reaches.

The neurons of an image come position by position, a position's channels in whole groups of lanes. A
source at (y, x) then reaches, of each row of targets, groups that follow each other; and the
kernel's taps lie in the order in which these need them: a phase of the stride together, the last
first.
"""

from dataclasses import dataclass

import numpy as np

from ranvier import connections
from ranvier.ir import Connection, Conv, IntArray, Pool

Shape = tuple[int, int, int]  # of an image: channels, height, width


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernel:
    """A convolution or a pooling without groups and dilation, which are taps of weight 0.

    Attributes
    ----------
    weight
        (out_channels, in_channels, kernel_h, kernel_w).
    before
        Rows and columns of padding above and to the left.
    """

    weight: IntArray
    source: Shape
    target: Shape
    stride: tuple[int, int]
    before: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """What a source's events reach, by its `places`; (places,) each.

    Attributes
    ----------
    group, weight
        Where a window's first row begins, from the target's first group and the kernel's first row
        of weights on.
    run, tall
        Groups of a row, and rows; 1 each and weights of 0 where nothing is reached.
    """

    group: IntArray
    weight: IntArray
    run: IntArray
    tall: IntArray

    def at(self, places: IntArray, count: int) -> "Windows":
        """Return `count` windows, these at `places`; of the others no event comes."""
        found = []
        for values, rest in ((self.group, 0), (self.weight, 0), (self.run, 1), (self.tall, 1)):
            more = np.full(count, rest, np.int64)
            more[places] = values
            found.append(more)
        return Windows(group=found[0], weight=found[1], run=found[2], tall=found[3])


def groups(shape: Shape, lanes: int) -> int:
    """Return the groups of a position of an image."""
    return -(-shape[0] // lanes)


def places(shape: Shape, lanes: int) -> IntArray:
    """Return the core's numbers of the neurons of an image, of which the network says (c, y, x)."""
    channels, height, width = shape
    position = np.arange(height * width) * groups(shape, lanes) * lanes
    return (np.arange(channels)[:, None] + position).reshape(-1)


def target_of(connection: Connection) -> Shape | None:
    """Return the image that a connection whose weights can be shared gives."""
    if not isinstance(connection, Conv | Pool):
        return None
    channels = connection.input_shape[0] if isinstance(connection, Pool) else len(connection.weight)
    return channels, *connections.output_size(connection)


def kernel(connection: Conv | Pool) -> Kernel:
    """Return a convolution or a pooling as one kernel."""
    channels = connection.input_shape[0]
    if isinstance(connection, Pool):
        before = connection.padding
        taps = np.full(connection.kernel, connection.weight, np.int64)
        weight = np.eye(channels, dtype=np.int64)[:, :, None, None] * taps
    else:
        before = connection.padding[0], connection.padding[2]
        weight = _whole(connection)
    return Kernel(
        weight=weight, source=connection.input_shape,
        target=(len(weight), *connections.output_size(connection)),
        stride=connection.stride, before=before,
    )  # fmt: skip


def _whole(c: Conv) -> IntArray:
    """Return the weights of all channels and of what lies between taps."""
    out, per_group, *taps = c.weight.shape
    size = [d * (k - 1) + 1 for d, k in zip(c.dilation, taps, strict=True)]
    found = np.zeros((out, c.groups, per_group, *size), np.int64)
    group = np.arange(out) * c.groups // out
    found[np.arange(out), group, :, :: c.dilation[0], :: c.dilation[1]] = c.weight
    return found.reshape(out, c.groups * per_group, *size)


def abreast(k: Kernel, lanes: int, single: bool) -> int:
    """Return how many rows of weights lie between one group and the next: sources, a power of two.

    Parameters
    ----------
    single
        Whether each source has a window of its own, else those of a group share one.
    """
    return 1 if single else 1 << (min(lanes, k.source[0]) - 1).bit_length()


def laid(k: Kernel, lanes: int, single: bool) -> IntArray:
    """Return the weights as the memory holds them, (taps and groups, sources abreast, lanes).

    Its first row but the kernel's own, `abreast` rows of 0, is where events go that reach nothing.
    """
    out, channels, height, width = k.weight.shape
    beside, each = abreast(k, lanes, single), 1 if single else lanes
    taps = k.weight[:, :, _order(height, k.stride[0])][..., _order(width, k.stride[1])]
    taps = np.pad(taps, ((0, -out % lanes), (0, -channels % each), (0, 0), (0, 0)))
    parts = taps.reshape(-1, lanes, taps.shape[1] // each, each, height, width)[:, :, :, :beside]
    return parts.transpose(2, 4, 5, 0, 3, 1).reshape(-1, beside, lanes)


def rows(k: Kernel, lanes: int, single: bool) -> int:
    """Return how many rows of weights that takes."""
    _, channels, height, width = k.weight.shape
    slices = channels if single else groups(k.source, lanes)
    per_tap = groups(k.target, lanes) * abreast(k, lanes, single)
    return int(slices * height * width * per_tap)


def windows(k: Kernel, lanes: int, single: bool) -> Windows:
    """Return the windows of sources as their numbers in the network say, or of their groups."""
    _, channels, height, width = k.weight.shape
    _, high, wide = k.source
    y, row, tall = _along(high, height, k.stride[0], k.before[0], k.target[1])
    x, column, run = _along(wide, width, k.stride[1], k.before[1], k.target[2])
    slices = channels if single else groups(k.source, lanes)
    per_tap = groups(k.target, lanes) * abreast(k, lanes, single)
    of_slice = np.arange(slices)[:, None, None] * (height * width * per_tap)
    group = (y[:, None] * k.target[2] + x) * groups(k.target, lanes)
    weight = (row[:, None] * width + column) * per_tap + of_slice
    none = (tall[:, None] == 0) | (run == 0)
    found = (
        np.where(none, 0, group),
        np.where(none, rows(k, lanes, single), weight),
        np.where(none, 1, run * groups(k.target, lanes) + 0 * tall[:, None]),
        np.where(none, 1, tall[:, None] + 0 * run),
    )
    shape = (slices, high, wide)
    over = [np.broadcast_to(f, shape) for f in found]
    ordered = [f.reshape(-1) if single else f.transpose(1, 2, 0).reshape(-1) for f in over]
    return Windows(group=ordered[0], weight=ordered[1], run=ordered[2], tall=ordered[3])


def _order(taps: int, stride: int) -> list[int]:
    """Return the taps of a kernel as they lie in memory: by phase of the stride, the last first."""
    return [t for phase in range(stride) for t in reversed(range(phase, taps, stride))]


def _along(
    sources: int, taps: int, stride: int, before: int, targets: int
) -> tuple[IntArray, IntArray, IntArray]:
    """Return, along an axis, each source's first target, where its tap lies, and how many."""
    at = np.arange(sources) + before
    first = np.maximum(0, -((taps - 1 - at) // stride))
    last = np.minimum(targets - 1, at // stride)
    count = np.maximum(0, last - first + 1)
    lies = np.argsort(_order(taps, stride))
    return first, lies[np.clip(at - first * stride, 0, taps - 1)], count
