# SPDX-License-Identifier: Apache-2.0
"""Layouts of connections: what the tables mean, and which one is chosen."""

import tracemalloc
from itertools import product

import numpy as np
import pytest
from tests.unit.nets import network, population

from ranvier import bounds, connections
from ranvier.ir import Connection, Conv, Dense, Encoding, IntArray, Pool, Projection, Sparse
from ranvier.targets.mcu.layouts import Columns, SparseColumns, Windows, layout, own_layout
from ranvier.targets.mcu.lower import lower
from ranvier.targets.mcu.spans import spans


@pytest.mark.parametrize("stride", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("dilation", [1, 2, 3, 4, 6])
def test_spans_are_what_a_search_finds(stride: int, dilation: int) -> None:
    reached = 0
    for length, kernel, before, after in product((1, 4, 9), (1, 2, 5), (0, 1, 3, 8), (0, 2)):
        outputs = (length + before + after - dilation * (kernel - 1) - 1) // stride + 1
        if outputs < 1:
            continue
        found = spans(length, outputs, kernel, stride, dilation, before, tap=7, out=5)
        for y in range(length):
            expected = [
                (7 * (kernel - 1 - a), 5 * o)
                for o, a in product(range(outputs), range(kernel))
                if o * stride - before + a * dilation == y
            ]
            tap, out, n = map(int, found.table[y])
            steps = (found.tap_step, found.out_step)
            assert [(tap + k * steps[0], out + k * steps[1]) for k in range(n)] == expected
            reached += n
    assert reached > 0


def conv(groups: int = 1, bits: int = 8) -> Conv:
    high = 2 ** (bits - 1)
    weight = np.random.default_rng(1).integers(-high, high, (4, 4 // groups, 3, 3))
    return Conv(weight=weight, input_shape=(4, 9, 8), stride=(2, 1), groups=groups)


def sparse(share: float, targets: int = 40, sources: int = 50) -> Sparse:
    rng = np.random.default_rng(2)
    place = np.flatnonzero(rng.random(targets * sources) < share)
    return Sparse(
        shape=(targets, sources), target=place % targets, source=place // targets,
        weight=rng.integers(-128, 128, place.size),
    )  # fmt: skip


POOL = Pool(weight=3, input_shape=(2, 9, 8), kernel=(3, 2), stride=(2, 2), padding=(1, 1))


@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("bits", [8, 16])
def test_windows_weigh_as_the_matrix_does(groups: int, bits: int) -> None:
    c = conv(groups, bits)
    laid = own_layout(c, bits)
    assert isinstance(laid, Windows)
    assert laid.weight.itemsize * 8 == bits
    np.testing.assert_array_equal(scattered(laid, c), connections.matrix(c))
    assert laid.operations == np.count_nonzero(connections.matrix(ones(c)))


def test_a_pool_weighs_as_its_matrix_does() -> None:
    laid = own_layout(POOL, 8)
    assert isinstance(laid, Windows)
    np.testing.assert_array_equal(scattered(laid, POOL), connections.matrix(POOL))


def ones(c: Conv) -> Conv:
    return Conv(
        weight=np.ones_like(c.weight), input_shape=c.input_shape, stride=c.stride, groups=c.groups
    )


def scattered(laid: Windows, connection: Connection) -> IntArray:
    """Return the matrix of a layout, (targets, sources), as the C walks it."""
    result = np.zeros(connections.shape(connection), np.int64)
    flat = laid.weight.ravel()
    channels, height, width = laid.shape
    pool = laid.kind == "pool"
    for c, y, x in product(range(channels), range(height), range(width)):
        group = c // laid.group_in
        (row_tap, row_out, rows), (col_tap, col_out, cols) = (
            map(int, laid.rows.table[y]),
            map(int, laid.cols.table[x]),
        )
        for r, q, o in product(range(rows), range(cols), range(laid.group_out)):
            tap = row_tap + r * laid.rows.tap_step + col_tap + q * laid.cols.tap_step + o
            out = row_out + r * laid.rows.out_step + col_out + q * laid.cols.out_step
            target = (group * laid.group_out + o) * laid.plane + out
            weight = flat[0 if pool else c * laid.taps + tap]
            result[target, (c * height + y) * width + x] += weight
    return result


@pytest.mark.parametrize(
    ("connection", "kind"),
    [
        (conv(), "conv"),
        (POOL, "pool"),
        (sparse(0.1), "sparse"),
        (sparse(0.9), "dense"),
        (Dense(weight=np.ones((3, 2), np.int64)), "dense"),
        # One output: its window is the image, and the matrix is the kernel.
        (Conv(weight=np.ones((5, 2, 3, 3), np.int64), input_shape=(2, 3, 3)), "dense"),
    ],
)
def test_the_smaller_layout_is_chosen(connection: Connection, kind: str) -> None:
    laid = layout(connection, 8)
    assert laid.kind == kind
    dense = int(np.prod(connections.shape(connection)))
    assert laid.rom <= dense
    own = own_layout(connection, 8)
    assert own is None or laid.rom == min(own.rom, dense)
    if isinstance(laid, Columns):
        np.testing.assert_array_equal(laid.weight.T, connections.matrix(connection))


def test_sparse_columns_hold_every_entry() -> None:
    s = sparse(0.1)
    laid = own_layout(s, 8)
    assert isinstance(laid, SparseColumns)
    source = np.repeat(np.arange(50), np.diff(laid.offsets).astype(np.int64))
    np.testing.assert_array_equal(source, s.source)
    np.testing.assert_array_equal(laid.targets, s.target)
    np.testing.assert_array_equal(laid.weight, s.weight)


def test_a_sparse_connection_without_entries_is_a_matrix_of_zeros() -> None:
    none = np.zeros(0, np.int64)
    laid = layout(Sparse(shape=(3, 2), target=none, source=none, weight=none), 8)
    assert isinstance(laid, Columns)
    assert laid.weight.shape == (2, 3)
    assert not laid.weight.any()


def test_a_kernel_beyond_its_fields_is_a_matrix() -> None:
    weight = np.ones((21846, 1, 1, 3), np.int64)  # 65538 for one channel: beyond 16 bits
    large = Conv(weight=np.tile(weight, (2, 1, 1, 1)), input_shape=(2, 1, 3), groups=2)
    assert own_layout(large, 8) is None
    assert isinstance(layout(large, 8), Columns)


def test_a_large_convolution_is_never_a_matrix() -> None:
    """Bounds and plan of 4096 x 4096 neurons: their matrix would be 128 MiB of int64."""
    weight = np.full((16, 16, 3, 3), 100, np.int64)
    wide = Conv(weight=weight, input_shape=(16, 16, 16), padding=(1, 1, 1, 1))
    n = network(
        encoding=Encoding(channels=4096, raw="int8", raw_low=-8, raw_high=8, raw_scale=1.0),
        populations=(population("p", 4096, fires=False),),
        projections=(Projection(source="input", target="p", connection=wide),),
    )
    tracemalloc.start()
    plan = lower(n)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * 2**20
    assert plan.populations[0].projections[0].kernel == "rv_project_conv_values_i8"
    reach = bounds.sum_interval(n, n.projections[0])
    assert reach.high.max() == 16 * 9 * 100 * 8
    assert reach.high.min() == 16 * 4 * 100 * 8  # a corner


def test_matrices_are_expanded_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = connections.matrix(conv(2))
    monkeypatch.setattr(connections, "_BATCH", 1000)  # 3 of 288 sources at a time
    np.testing.assert_array_equal(connections.matrix(conv(2)), whole)
    x = np.arange(288)[None]
    np.testing.assert_array_equal(x @ whole.T, connections.apply(conv(2), x))
