# SPDX-License-Identifier: Apache-2.0
"""A convolutional network in the shape of those that classify event cameras' images."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from tests.unit.nets import network, population

from ranvier.check import check
from ranvier.ir import Conv, Dense, Encoding, Network, Pool, Projection, Sparse

KERNELS = (
    "conv_values_i8", "conv_values_i8", "conv_events_i16", "conv_events_i8", "pool_events",
    "sparse_events_i8", "events_i8",
)  # fmt: skip


def image_network() -> Network:
    """Return N-MNIST's shape, small: strided, pooled by a sum, delayed, grouped, recurrent."""
    rng = np.random.default_rng(7)

    def conv(out: int, image: tuple[int, int, int], kernel: int, high: int, **fields: Any) -> Conv:
        shape = (out, image[0] // fields.get("groups", 1), kernel, kernel)
        return Conv(weight=rng.integers(-high, high, shape), input_shape=image, **fields)

    first = conv(8, (2, 12, 12), 5, 128, stride=(2, 2), padding=(1, 2, 1, 2))  # 8 x 6 x 6
    second = conv(6, (8, 6, 6), 3, 3000, padding=(1, 1, 1, 1), groups=2)  # 6 x 6 x 6
    pooled = Pool(weight=9, input_shape=(6, 6, 6), kernel=(2, 2), stride=(2, 2))  # 6 x 3 x 3
    place = np.flatnonzero(rng.random(54 * 216) < 0.05)
    loose = Sparse(
        shape=(54, 216), target=place % 54, source=place // 54,
        weight=rng.integers(-9, 100, place.size),
    )  # fmt: skip
    readout = Dense(weight=rng.integers(-99, 99, (4, 54)))
    sizes = {"a": 288, "b": 216, "c": 54}
    return check(
        network(
            encoding=Encoding(channels=288, raw="int8", raw_low=-4, raw_high=4, raw_scale=1.0),
            populations=(
                *(population(name, size) for name, size in sizes.items()),
                population("out", 4, fires=False),
            ),
            projections=(
                Projection(source="input", target="a", connection=first),
                Projection(source="input", target="a", connection=first, delay=2, shift=-2),
                Projection(source="a", target="b", connection=second, bits=16, shift=3),
                Projection(source="b", target="c", connection=pooled, delay=1, shift=4),
                Projection(source="b", target="c", connection=loose),
                Projection(
                    source="b", target="b", delay=3,
                    connection=conv(6, (6, 6, 6), 3, 40, padding=(1, 1, 1, 1), groups=6),
                ),
                Projection(source="c", target="out", connection=readout),
            ),
        )
    )  # fmt: skip


def images(samples: int, steps: int) -> NDArray[np.int8]:
    """Return raw samples for it, (samples, steps, 288)."""
    return np.random.default_rng(3).integers(-4, 5, (samples, steps, 288), np.int8)
