# SPDX-License-Identifier: Apache-2.0
"""Two maps in one: matrices, convolutions and pools."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.test_passes import vectors

from ranvier.nodes import Conv, Linear, Map, Pool, Scale
from ranvier.passes.compose import add, compose, dense


@st.composite
def windows(draw: Any, channels: int, height: int, width: int) -> Conv | Pool:
    """Draw a convolution or a pool of an image, with padding, strides, dilation and groups."""
    numbers = st.integers(1, 3)
    pads = st.integers(0, 2)
    if draw(st.booleans()):
        kernel, stride = (draw(numbers), draw(numbers)), (draw(numbers), draw(numbers))
        padding = (draw(st.integers(0, kernel[0] // 2)), draw(st.integers(0, kernel[1] // 2)))
        weight = draw(st.sampled_from([1.0, 0.25]))
        found: Conv | Pool = Pool(
            name="p", input_shape=(channels, height, width), kernel=kernel, stride=stride,
            padding=padding, weight=weight,
        )  # fmt: skip
    else:
        groups = channels if draw(st.booleans()) else 1
        out = groups * draw(st.integers(1, 2))
        shape = (out, channels // groups, draw(numbers), draw(numbers))
        found = Conv(
            name="c", weight=vectors(draw, *shape), input_shape=(channels, height, width),
            stride=(draw(numbers), draw(numbers)), groups=groups,
            padding=(draw(pads), draw(pads), draw(pads), draw(pads)),
            dilation=(draw(st.integers(1, 2)), draw(st.integers(1, 2))),
        )  # fmt: skip
    if min(found.output_shape) < 1:
        return Pool(
            name="p",
            input_shape=(channels, height, width),
            kernel=(1, 1),
            stride=(1, 1),
            weight=0.5,
        )
    return found


@st.composite
def pairs(draw: Any) -> tuple[Map, Map]:
    """Draw two maps of which the second takes what the first gives."""
    inner = draw(windows(draw(st.integers(1, 3)), draw(st.integers(3, 6)), draw(st.integers(3, 6))))
    size = inner.size
    match draw(st.sampled_from(["window", "linear", "scale", "before"])):
        case "window":
            return inner, draw(windows(*inner.output_shape))
        case "linear":
            return inner, Linear(name="l", weight=vectors(draw, 2, size))
        case "scale":
            each = vectors(draw, size)
            plane = np.repeat(vectors(draw, inner.output_shape[0]), size // inner.output_shape[0])
            return inner, Scale(name="s", scale=each if draw(st.booleans()) else plane)
        case _:
            if draw(st.booleans()):
                return Scale(name="s", scale=vectors(draw, inner.inputs)), inner
            return Linear(name="l", weight=vectors(draw, inner.inputs, 2)), inner


@given(pairs())
def test_two_maps_in_one_are_the_product_of_their_matrices(both: tuple[Map, Map]) -> None:
    inner, outer = both
    found = compose(outer, inner)
    assert (found.size, found.inputs) == (outer.size, inner.inputs)
    np.testing.assert_allclose(dense(found), dense(outer) @ dense(inner), atol=1e-12)


def test_a_pool_between_convolutions_stays_a_convolution() -> None:
    rng = np.random.default_rng(0)
    pool = Pool(name="p", input_shape=(4, 16, 16), kernel=(2, 2), stride=(2, 2))
    conv = Conv(
        name="c", weight=rng.normal(size=(8, 4, 3, 3)), input_shape=(4, 8, 8), padding=(1, 1, 1, 1)
    )
    found = compose(conv, pool)
    assert isinstance(found, Conv)
    assert found.weight.shape == (8, 4, 6, 6)
    assert (found.stride, found.padding) == ((2, 2), (2, 2, 2, 2))
    # Padded convolutions in a row hide what the outer one would see beyond the inner image.
    inner = Conv(
        name="d", weight=rng.normal(size=(4, 2, 3, 3)), input_shape=(2, 8, 8), padding=(1, 1, 1, 1)
    )
    assert isinstance(compose(conv, inner), Linear)


@pytest.mark.parametrize("kernel", [(1, 1), (1, 3), (3, 1), (3, 3)])
def test_convolutions_add_up_only_where_every_tap_has_its_like(kernel: tuple[int, int]) -> None:
    """With strides as large as the image, all of them give one pixel."""
    rng = np.random.default_rng(5)
    shape, stride = (1, 4, 4), (4, 4)
    a = Conv(name="a", weight=rng.normal(size=(2, 1, 3, 3)), input_shape=shape, stride=stride)
    b = Conv(name="b", weight=rng.normal(size=(2, 1, *kernel)), input_shape=shape, stride=stride)
    found = add(a, b)
    assert (found is not None) == (kernel == (3, 3))
    if found is not None:
        np.testing.assert_allclose(dense(found), dense(a) + dense(b))
