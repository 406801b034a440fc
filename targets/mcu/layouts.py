# SPDX-License-Identifier: Apache-2.0
"""How a connection's weights lie in ROM: dense columns, sliding windows, or sparse columns.

The C side of each is `firmware/include/ranvier/project.h`. Bytes are those of a 32-bit target.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ranvier import connections
from ranvier.ir import Connection, Conv, Dense, IntArray, Pool, Sparse
from ranvier.targets.mcu.spans import LARGEST, Spans, spans

Weights: TypeAlias = NDArray[np.int8] | NDArray[np.int16]
PAIRED = 8  # targets of a group
HALVES = 16  # the same, where they stand in halves
LANES = 8  # values of 16 bits in a vector


class _Matrix:
    """What all layouts of a dense matrix have in common: weights and nothing else."""

    __slots__ = ()
    weight: NDArray[Any]

    @property
    def rom(self) -> int:
        """Bytes of its tables and parameters."""
        return self.weight.nbytes

    @property
    def operations(self) -> int:
        """Additions of a step in which every source emits."""
        return self.weight.size


@dataclass(frozen=True, slots=True)
class Columns(_Matrix):
    """A dense matrix: one column of `targets` weights a source."""

    weight: Weights  # (sources, targets)
    kind: ClassVar[Literal["dense"]] = "dense"


@dataclass(frozen=True, slots=True)
class Windows:
    """A convolution, or a pool, which has one weight: ``rv_conv_t``, ``rv_pool_t``."""

    kind: Literal["conv", "pool"]
    shape: tuple[int, int, int]  # of the image: channels, height, width
    plane: int  # outputs of one output channel
    group_in: int
    group_out: int
    rows: Spans
    cols: Spans
    weight: Weights  # (channels, kernel_h, kernel_w, group_out), flipped; (1,) for a pool

    @property
    def rom(self) -> int:
        """Bytes of its tables and parameters."""
        spans = self.rows.table.nbytes + self.cols.table.nbytes
        return spans + (32 + self.weight.nbytes if self.kind == "conv" else 24)

    @property
    def taps(self) -> int:
        """Weights of one image channel."""
        return self.weight.size // self.shape[0]

    @property
    def operations(self) -> int:
        """Additions of a step in which every source emits."""
        reached = int(self.rows.table[:, 2].sum()) * int(self.cols.table[:, 2].sum())
        return self.shape[0] * reached * self.group_out


@dataclass(frozen=True, slots=True)
class SparseColumns:
    """Entries by source: ``rv_sparse_t``."""

    offsets: NDArray[np.uint32]  # (sources + 1,)
    targets: NDArray[np.uint16]  # (entries,)
    weight: Weights  # (entries,)
    kind: ClassVar[Literal["sparse"]] = "sparse"

    @property
    def rom(self) -> int:
        """Bytes of its tables and parameters."""
        return self.offsets.nbytes + self.targets.nbytes + self.weight.nbytes + 12

    @property
    def operations(self) -> int:
        """Additions of a step in which every source emits."""
        return self.weight.size


@dataclass(frozen=True, slots=True)
class PairedColumns(_Matrix):
    """A dense matrix for 16-bit accumulators: columns of whole groups of targets.

    Four weights of a column stand in the order 0 2 1 3, see ``firmware/dsp/rv_events_i8_dsp.h``;
    `packed` ones are 128 too large, see ``firmware/src/rv_events_packed.h``. Of a group of
    `halves`, two bytes are w[i] + 256 w[8 + i], see ``firmware/helium/rv_events_i8_helium.h``.
    """

    weight: NDArray[np.int8] | NDArray[np.uint8]  # (sources, targets in whole groups)
    kind: Literal["paired", "packed", "halves"]


@dataclass(frozen=True, slots=True)
class WovenColumns(_Matrix):
    """A dense matrix for values, of which several are read at once, `together`.

    See ``firmware/include/ranvier/values.h``.
    """

    weight: NDArray[np.int8]  # (groups of targets, groups of sources, 8 x together)
    together: int
    kind: ClassVar[Literal["woven"]] = "woven"


@dataclass(frozen=True, slots=True)
class SubByteColumns(_Matrix):
    """A dense matrix of weights of a few bits, several to a byte: `targets.mcu.subbyte`."""

    weight: NDArray[np.uint8]  # (sources, bytes of a column)
    bits: Literal[2, 4]
    targets: int  # of a column, whole groups
    suffix: Literal["", "_packed", "_dsp", "_helium"]  # of the kernels that read it
    kind: ClassVar[Literal["sub-byte"]] = "sub-byte"

    @property
    def operations(self) -> int:
        """Additions of a step in which every source emits."""
        return len(self.weight) * self.targets


Layout: TypeAlias = (
    Columns | Windows | SparseColumns | PairedColumns | WovenColumns | SubByteColumns
)


def layout(connection: Connection, bits: int) -> Layout:
    """Return the layout of `connection` that takes the fewest bytes; exact.

    That is the connection's own, or the matrix it stands for where that is no larger: it is then
    the faster one too. A matrix that is mostly zeros is stored by its entries.
    """
    if isinstance(connection, Dense):
        connection = connections.entries(connection.weight)
    own = own_layout(connection, bits)
    if own is not None and own.rom < matrix_rom(connection, bits):
        return own
    return columns(connection, bits)


def matrix_rom(connection: Connection, bits: int) -> int:
    """Return the bytes of the matrix that `connection` stands for."""
    targets, sources = connections.shape(connection)
    return targets * sources * (1 if bits <= 8 else 2)


def columns(connection: Connection, bits: int) -> Columns:
    """Return the matrix that `connection` stands for, column by column."""
    return Columns(_weights(connections.matrix(connection).T, bits))


def paired(connection: Connection, *, packed: bool) -> PairedColumns:
    """Return the matrix that `connection` stands for, its weights of 8 bits, in pairs."""
    w = connections.matrix(connection).T
    padded = np.pad(w, ((0, 0), (0, -w.shape[1] % PAIRED)))
    turned = padded.reshape(len(w), -1, 4)[:, :, [0, 2, 1, 3]].reshape(len(w), -1)
    if packed:
        return PairedColumns(np.ascontiguousarray(turned + 128, np.uint8), "packed")
    return PairedColumns(np.ascontiguousarray(turned, np.int8), "paired")


def halves(connection: Connection) -> PairedColumns:
    """Return the matrix that `connection` stands for, weights -127..127, in halves of groups."""
    w = connections.matrix(connection).T
    padded = np.pad(w, ((0, 0), (0, -w.shape[1] % HALVES)))
    low, high = np.moveaxis(padded.reshape(len(w), -1, 2, HALVES // 2), 2, 0)
    pairs = np.ascontiguousarray((low + 256 * high).reshape(len(w), -1), "<i2")
    return PairedColumns(pairs.view(np.int8), "halves")


def woven(connection: Connection) -> WovenColumns:
    """Return the matrix that `connection` stands for, its weights of 8 bits, for two values."""
    w = connections.matrix(connection)
    targets, sources = w.shape
    padded = np.pad(w, ((0, -targets % PAIRED), (0, -sources % 2)))
    # From group, two of its targets, which, pair of sources, which.
    split = padded.reshape(-1, PAIRED // 2, 2, padded.shape[1] // 2, 2)
    words = split.transpose(0, 3, 1, 4, 2).reshape(len(split), -1, 2 * PAIRED)
    return WovenColumns(np.ascontiguousarray(words, np.int8), 2)


def blocks(connection: Connection) -> WovenColumns:
    """Return the matrix that `connection` stands for, its weights of 8 bits, for eight values."""
    w = connections.matrix(connection)
    targets, sources = w.shape
    padded = np.pad(w, ((0, -targets % PAIRED), (0, -sources % LANES)))
    split = padded.reshape(-1, PAIRED, padded.shape[1] // LANES, LANES)
    words = split.transpose(0, 2, 1, 3).reshape(len(split), -1, PAIRED * LANES)
    return WovenColumns(np.ascontiguousarray(words, np.int8), LANES)


def _weights(values: IntArray, bits: int) -> Weights:
    """Return weights in the shortest C type, in C order."""
    if bits <= 8:
        return np.ascontiguousarray(values, np.int8)
    return np.ascontiguousarray(values, np.int16)


def own_layout(connection: Connection, bits: int) -> Layout | None:
    """Return the layout that only this kind of connection has, or None.

    There is none for dense weights, for no weights at all, and for a convolution with more weights
    a channel than the 16 bits of ``rv_conv_t`` count.
    """
    match connection:
        case Dense():
            return None
        case Conv():
            return _conv(connection, bits)
        case Pool():
            return _pool(connection, bits)
        case Sparse():
            return _sparse(connection, bits)


def _sparse(s: Sparse, bits: int) -> Layout | None:
    if s.weight.size == 0:  # C has no empty table
        return None
    counts = np.bincount(s.source, minlength=s.shape[1])
    return SparseColumns(
        offsets=np.concatenate([[0], np.cumsum(counts)]).astype(np.uint32),
        targets=s.target.astype(np.uint16),
        weight=_weights(s.weight, bits),
    )


def _conv(c: Conv, bits: int) -> Layout | None:
    out_channels, group_in, kernel_h, kernel_w = c.weight.shape
    height, width = connections.output_size(c)
    group_out = out_channels // c.groups
    if kernel_h * kernel_w * group_out > LARGEST:
        return None
    top, _, left, _ = c.padding
    rows = spans(
        c.input_shape[1], height, kernel_h, c.stride[0], c.dilation[0], top,
        tap=kernel_w * group_out, out=width,
    )  # fmt: skip
    cols = spans(
        c.input_shape[2], width, kernel_w, c.stride[1], c.dilation[1], left,
        tap=group_out, out=1,
    )  # fmt: skip
    grouped = c.weight.reshape(c.groups, group_out, group_in, kernel_h, kernel_w)
    flipped = grouped.transpose(0, 2, 3, 4, 1)[:, :, ::-1, ::-1]
    weight = flipped.reshape(c.input_shape[0], kernel_h, kernel_w, group_out)
    return Windows(
        kind="conv", shape=c.input_shape, plane=height * width, group_in=group_in,
        group_out=group_out, rows=rows, cols=cols,
        weight=_weights(weight, bits),
    )  # fmt: skip


def _pool(p: Pool, bits: int) -> Layout:
    height, width = connections.output_size(p)
    _, image_h, image_w = p.input_shape
    (kernel_h, kernel_w), (stride_h, stride_w), (top, left) = p.kernel, p.stride, p.padding
    return Windows(
        kind="pool", shape=p.input_shape, plane=height * width, group_in=1, group_out=1,
        rows=spans(image_h, height, kernel_h, stride_h, 1, top, tap=0, out=width),
        cols=spans(image_w, width, kernel_w, stride_w, 1, left, tap=0, out=1),
        weight=np.array([p.weight], np.int16),
    )  # fmt: skip
