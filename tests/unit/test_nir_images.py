# SPDX-License-Identifier: Apache-2.0
"""Convolutions and pools of a file do what a plain loop over pixels does."""

from itertools import product
from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.unit.nets import DT, read, write_graph

from ranvier import floating
from ranvier.errors import RanvierError

Array = NDArray[np.float64]
RNG = np.random.default_rng(8)


def padded(x: Array, pads: list[tuple[int, int]]) -> Array:
    return np.pad(x, [(0, 0), *pads])


def convolved(
    x: Array, w: Array, b: Array, stride: list[int], pads: list[tuple[int, int]],
    dilation: list[int], groups: int,
) -> Array:  # fmt: skip
    """Convolve (channels, *pixels) pixel by pixel, in any number of dimensions."""
    image = padded(x, pads)
    kernel = w.shape[2:]
    size = [
        (n - d * (k - 1) - 1) // s + 1
        for n, d, k, s in zip(image.shape[1:], dilation, kernel, stride, strict=True)
    ]
    out = np.zeros((len(w), *size))
    per, each = w.shape[1], len(w) // groups
    for o, *at in product(range(len(w)), *(range(n) for n in size)):
        total = b[o]
        for c, *tap in product(range(per), *(range(k) for k in kernel)):
            where = [p * s + t * d for p, s, t, d in zip(at, stride, tap, dilation, strict=True)]
            total += w[(o, c, *tap)] * image[(o // each * per + c, *where)]
        out[(o, *at)] = total
    return out


def given(path: Path, node: Any, shape: tuple[int, ...], out: tuple[int, ...]) -> tuple[Any, Any]:
    """Return inputs (steps, *shape) and what the file's one node makes of them."""
    flat = nir.Flatten({"input": np.array(out)}, 0)
    size = int(np.prod(out))
    write_graph(path, shape, size, {"n": node, "flat": flat}, check=False)
    x = RNG.normal(0, 1, (1, 3, *shape))
    # Dialect rockpool's files are read without nir's own check of shapes; nothing else differs.
    trace = floating.simulate(read(path, dt=DT, dialect="rockpool"), x)
    return x[0], trace.out[0].reshape(3, *out)


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize(
    ("stride", "padding", "dilation", "pads"),
    [
        ([1, 1], [0, 0], [1, 1], [(0, 0), (0, 0)]),
        ([2, 3], [1, 2], [1, 1], [(1, 1), (2, 2)]),
        ([1, 1], "valid", [2, 1], [(0, 0), (0, 0)]),
        ([2, 1], "valid", [1, 1], [(0, 0), (0, 0)]),
        ([1, 1], "same", [1, 1], [(1, 1), (0, 1)]),
        ([1, 1], "same", [2, 3], [(2, 2), (1, 2)]),
        ([2, 2], [2, 0], [2, 2], [(2, 2), (0, 0)]),
    ],
)
def test_conv2d(
    tmp_path: Path, stride: list[int], padding: Any, dilation: list[int],
    pads: list[tuple[int, int]], groups: int,
) -> None:  # fmt: skip
    w, b = RNG.normal(0, 1, (4, 4 // groups, 3, 2)), RNG.normal(0, 1, 4)
    x = RNG.normal(0, 1, (4, 7, 8))
    out = convolved(x, w, b, stride, pads, dilation, groups).shape
    said = padding if isinstance(padding, str) else np.array(padding)
    node = nir.Conv2d((7, 8), w, np.array(stride), said, np.array(dilation), groups, b)
    x, got = given(tmp_path / "m.nir", node, (4, 7, 8), out)
    for t in range(3):
        wanted = convolved(x[t], w, b, stride, pads, dilation, groups)
        np.testing.assert_allclose(got[t], wanted, rtol=0, atol=1e-4)
    assert np.abs(got).max() > 1


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize(
    ("stride", "padding", "dilation", "pads"),
    [(1, 0, 1, (0, 0)), (2, 1, 1, (1, 1)), (1, "same", 3, (3, 3)), (1, "valid", 2, (0, 0))],
)
def test_conv1d(
    tmp_path: Path, stride: int, padding: Any, dilation: int, pads: tuple[int, int], groups: int
) -> None:
    w, b = RNG.normal(0, 1, (4, 4 // groups, 3)), RNG.normal(0, 1, 4)
    out = convolved(RNG.normal(0, 1, (4, 9)), w, b, [stride], [pads], [dilation], groups).shape
    node = nir.Conv1d(9, w, stride, padding, dilation, groups, b)
    x, got = given(tmp_path / "m.nir", node, (4, 9), out)
    for t in range(3):
        wanted = convolved(x[t], w, b, [stride], [pads], [dilation], groups)
        np.testing.assert_allclose(got[t], wanted, rtol=0, atol=1e-4)
    assert np.abs(got).max() > 1


@pytest.mark.parametrize("kind", ["SumPool2d", "AvgPool2d"])
@pytest.mark.parametrize(
    ("kernel", "stride", "pad"),
    [([2, 2], [2, 2], [0, 0]), ([3, 2], [1, 2], [1, 1]), ([1, 3], [2, 3], [0, 1])],
)
def test_pools(
    tmp_path: Path, kind: str, kernel: list[int], stride: list[int], pad: list[int]
) -> None:
    """An average counts the zeros of the padding, as PyTorch does."""
    w = np.zeros((3, 1, *kernel)) + (1 if kind == "SumPool2d" else 1 / np.prod(kernel))
    pads = [(pad[0], pad[0]), (pad[1], pad[1])]
    zero = np.zeros(3)
    out = convolved(np.zeros((3, 6, 7)), w, zero, stride, pads, [1, 1], 3).shape
    node = getattr(nir, kind)(np.array(kernel), np.array(stride), np.array(pad))
    x, got = given(tmp_path / "m.nir", node, (3, 6, 7), out)
    for t in range(3):
        wanted = convolved(x[t], w, zero, stride, pads, [1, 1], 3)
        np.testing.assert_allclose(got[t], wanted, rtol=0, atol=1e-5)
    assert np.abs(got).max() > 0.5


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"padding": "same", "stride": 2}, "M003"),
        ({"padding": "circular"}, "M001"),
        ({"stride": np.array([1, 0])}, "M001"),
        ({"stride": np.array([1.5, 1])}, "M003"),
        ({"padding": -1}, "M003"),
        ({"dilation": np.array([1, 1, 1])}, "M003"),
        ({"groups": 3}, "M004"),
        ({"groups": 0}, "M003"),
        ({"dilation": 9}, "M004"),
        ({"input_shape": (6, 6)}, "M004"),
        ({"weight": np.zeros((4, 4, 3))}, "M003"),
        ({"bias": np.zeros(3)}, "M003"),
    ],
)
def test_convolutions_that_cannot_be(tmp_path: Path, change: dict[str, Any], code: str) -> None:
    fields: dict[str, Any] = {
        "input_shape": (7, 8), "weight": RNG.normal(0, 1, (4, 4, 3, 3)), "stride": 1,
        "padding": 0, "dilation": 1, "groups": 1, "bias": np.zeros(4),
    }  # fmt: skip
    node = nir.Conv2d(**fields)
    for name, value in change.items():
        setattr(node, name, value)
    with pytest.raises(RanvierError) as caught:
        given(tmp_path / "m.nir", node, (4, 7, 8), (4, 5, 6))
    assert caught.value.code == code
    assert caught.value.loc.endswith("m.nir" if code == "M001" else "m.nir:n")
