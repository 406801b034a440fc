# SPDX-License-Identifier: Apache-2.0
"""How weights lie for events into 16-bit sums where not every source reaches every target.

The C side is `firmware/include/ranvier/events.h`. They are faster than the connection's own
layouts, and larger: weights take 16 bits, and are filled up.
"""

from dataclasses import dataclass
from math import gcd
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from ranvier import connections
from ranvier.ir import Conv, Sparse
from ranvier.targets.mcu.spans import LARGEST, Spans, spans

CHANNELS = 8  # output channels are filled up to a multiple
_FEWEST = 4  # output channels that are worth filling up
_LAST = 1 << 16  # RV_ENTRY_LAST


@dataclass(frozen=True, slots=True)
class Entries:
    """Sparse columns of words, two at a time; see `rv_events_set_entries`."""

    pairs: NDArray[np.uint16]  # (sources + 1,)
    weight: NDArray[np.uint32]  # (entries,): target * 2^17 + last * 2^16 + weight modulo 2^16
    passes: int  # of four entries, in a step in which every source emits
    operations: int  # additions of a step in which every source emits
    kind: ClassVar[Literal["entries"]] = "entries"

    @property
    def rom(self) -> int:
        """Bytes of its tables."""
        return self.pairs.nbytes + self.weight.nbytes


@dataclass(frozen=True, slots=True)
class Runs:
    """A convolution whose output channels come last: ``rv_runs_t``."""

    shape: tuple[int, int, int]  # of the image: channels, height, width
    outputs: tuple[int, int]  # channels, outputs of one
    rows: Spans
    cols: Spans  # `n` counts words
    inverse: int
    weight: NDArray[np.uint32]  # (channels, kernel_h, kernel_w, words)
    kind: ClassVar[Literal["runs"]] = "runs"

    @property
    def rom(self) -> int:
        """Bytes of its tables and parameters."""
        return self.rows.table.nbytes + self.cols.table.nbytes + 28 + self.weight.nbytes

    @property
    def words(self) -> int:
        """Words of all channels of one output."""
        return int(self.weight.shape[3])

    @property
    def tile(self) -> int:
        """Words in which sums are added up."""
        return self.outputs[1] * self.words

    @property
    def reached(self) -> int:
        """Words that all sources add to."""
        return self.shape[0] * int(self.rows.table[:, 2].sum()) * int(self.cols.table[:, 2].sum())

    @property
    def operations(self) -> int:
        """Additions of a step in which every source emits."""
        return self.reached // self.words * self.outputs[0]


def entries(s: Sparse) -> Entries | None:
    """Return the words of a sparse matrix, or None where there are none or 16 bits too few."""
    if s.weight.size == 0 or 2 * (s.shape[0] - 1) > LARGEST:
        return None
    counts = np.bincount(s.source, minlength=s.shape[1])
    filled = np.maximum(1, -(-counts // 2))
    pairs = np.concatenate([[0], np.cumsum(filled)])
    if pairs[-1] > LARGEST:
        return None
    within = np.arange(s.source.size) - np.repeat(np.cumsum(counts) - counts, counts)
    words = np.zeros(2 * (pairs[-1] + 1), np.int64)  # kernels read four at a time
    words[2 * pairs[s.source] + within] = (s.target << 17) + s.weight % 65536
    words[2 * pairs[1:] - 1] |= _LAST
    return Entries(
        pairs=pairs.astype(np.uint16), weight=words.astype(np.uint32),
        passes=int((filled // 2).sum()), operations=s.weight.size,
    )  # fmt: skip


def runs(c: Conv) -> Runs | None:
    """Return a convolution with its output channels last, or None where it has no such layout.

    Runs are unbroken where neighbouring columns of outputs are reached through neighbouring taps:
    with a step of s from one tap to the next, columns of the kernel of the same residue modulo s
    stand together. With a dilation, columns lie apart unless the stride is a multiple of it.
    """
    out_channels, _, kernel_h, kernel_w = c.weight.shape
    height, width = connections.output_size(c)
    words = -(-out_channels // CHANNELS) * CHANNELS // 2
    (stride_h, stride_w), (dilation_h, dilation_w) = c.stride, c.dilation
    _, image_h, image_w = c.input_shape
    top, _, left, _ = c.padding
    g = gcd(stride_w, dilation_w)
    inverse = -(-65536 // image_w)
    at = np.arange(image_h * image_w)
    if (
        c.groups != 1
        or out_channels < _FEWEST
        or dilation_w != g
        or max(kernel_h * kernel_w, height * width) * words > LARGEST
        or (at * inverse >> 16 != at // image_w).any()
    ):
        return None
    back = stride_w // g
    order = np.lexsort((np.arange(kernel_w), np.arange(kernel_w) % back))
    rows = spans(
        image_h, height, kernel_h, stride_h, dilation_h, top, tap=kernel_w * words,
        out=width * words,
    )  # fmt: skip
    plain = spans(image_w, width, kernel_w, stride_w, dilation_w, left, tap=1, out=1).table
    place = np.argsort(order)[plain[:, 0]]
    cols = np.stack([place * words, plain[:, 1] * words, plain[:, 2] * words], axis=1)
    if cols.max() > LARGEST:
        return None
    flipped = c.weight[:, :, ::-1, ::-1][..., order].transpose(1, 2, 3, 0)
    filled = np.pad(flipped, ((0, 0), (0, 0), (0, 0), (0, 2 * words - out_channels)))
    both = (filled[..., 0::2] + (filled[..., 1::2] << 16)) % (1 << 32)
    return Runs(
        shape=c.input_shape, outputs=(out_channels, height * width), rows=rows,
        cols=Spans(np.where(plain[:, 2:] > 0, cols, 0).astype(np.uint16), 0, 0),
        inverse=inverse, weight=np.ascontiguousarray(both, np.uint32),
    )  # fmt: skip
