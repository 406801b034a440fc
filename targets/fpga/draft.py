# SPDX-License-Identifier: Apache-2.0
"""What `lower` has laid out so far: sums, weights, windows."""

from dataclasses import dataclass, field, replace

import numpy as np

from ranvier import connections
from ranvier.ir import IntArray, Population, Projection
from ranvier.targets.fpga import kernels, shapes
from ranvier.targets.fpga.kernels import Windows
from ranvier.targets.fpga.plan import Block, Row, Swept
from ranvier.targets.fpga.shapes import Layout


@dataclass(slots=True)
class Draft:
    """What has been laid out so far."""

    layout: Layout
    weight_bits: int
    fraction: int
    lists: dict[str, int]
    parts: int = 0  # rows of sums that hold parts of synaptic states
    groups: int = 0
    weight_rows: int = 0
    rows: list[Row] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    swept: list[Swept] = field(default_factory=list)
    thresholds: list[IntArray] = field(default_factory=list)
    windows: list[IntArray] = field(default_factory=list)
    window_rows: int = 0

    @property
    def lanes(self) -> int:
        """Neurons at a time."""
        return self.layout.lanes

    def place(self, places: IntArray, groups: int, threshold: IntArray, top: int) -> int:
        """Give neurons their rows of sums; return the first."""
        base = self.groups
        padded = np.full(groups * self.lanes, top, np.int64)
        padded[places] = threshold
        self.thresholds.append(padded.reshape(groups, self.lanes))
        self.groups += groups
        return base

    def weights(self, laid: IntArray) -> int:
        """Lay out weights, (groups, sources, lanes); return their first row."""
        row = self.weight_rows
        self.blocks.append(Block(weight=laid, row=row))
        self.weight_rows += laid.shape[0] * laid.shape[1]
        return row

    def matrix(self, p: Population, matrix: IntArray, sources: IntArray, span: int) -> int:
        """Lay out a matrix, (targets, sources); return its first row."""
        padded = np.zeros((self.layout.groups(p) * self.lanes, span), np.int64)
        padded[np.ix_(self.layout.places(p), sources)] = matrix
        return self.weights(padded.reshape(-1, self.lanes, span).transpose(0, 2, 1))

    def connect(self, p: Population, q: Projection, row: Row) -> Row:
        """Lay out what a projection brings to sums; return `row` with where that is."""
        s = shapes.shared(self.layout, q)
        if s is None:
            matrix, span = connections.matrix(q.connection), self.layout.span(q)
            first = self.matrix(p, matrix, self.layout.sources(q), span)
            events = matrix.shape[1]
            return replace(row, weight=first, stride=span, events=events, beats=events * row.groups)
        laid = kernels.laid(s.kernel, self.lanes, s.single)
        nowhere = np.zeros((-(-s.nowhere // laid.shape[1]), *laid.shape[1:]), np.int64)
        first = self.weights(np.concatenate((laid, nowhere)))
        w, own = s.windows, kernels.windows(s.kernel, self.lanes, single=True)
        each = kernels.groups(s.kernel.target, self.lanes)
        return replace(
            row, shared=True, single=s.single, window=self.reach(w, row.base, first),
            to=s.kernel.target[2] * each, weight=s.kernel.weight.shape[3] * each * laid.shape[1],
            stride=laid.shape[1], events=own.run.size, beats=int((own.run * own.tall).sum()),
        )  # fmt: skip

    def bias(self, p: Population, digit: IntArray, row: Row) -> Row:
        """Lay out what the constant one brings, a value a neuron; return `row` with where."""
        image = self.layout.images.get(p.name)
        of_channel = digit.reshape(-1, image[1] * image[2]) if image else digit[:, None]
        if image is None or (of_channel != of_channel[:, :1]).any():
            first = self.matrix(p, digit[:, None], np.zeros(1, np.int64), 1)
            return replace(row, weight=first, stride=1, events=1, beats=row.groups)
        each, one = kernels.groups(image, self.lanes), np.ones(1, np.int64)
        padded = np.pad(of_channel[:, 0], (0, -image[0] % self.lanes))
        first = self.weights(padded.reshape(each, 1, self.lanes))
        everywhere = Windows(
            group=0 * one, weight=0 * one, run=each * one, tall=image[1] * image[2] * one
        )
        return replace(
            row, shared=True, single=True, window=self.reach(everywhere, row.base, first), to=each,
            weight=0, stride=1, events=1, beats=row.groups,
        )  # fmt: skip

    def reach(self, w: Windows, base: int, first: int) -> int:
        """Add windows onto the sums from `base` on, of weights from row `first` on."""
        row = self.window_rows
        self.windows.append(np.stack((w.group + base, w.weight + first, w.run, w.tall), 1))
        self.window_rows += w.group.size
        return row
