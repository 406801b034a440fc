# SPDX-License-Identifier: Apache-2.0
"""Seeded networks of spikes over convolutions and sparse connections, for their 16-bit sums."""

import numpy as np
from numpy.typing import NDArray
from tests.unit.nets import ints, network, population

from ranvier import connections
from ranvier.check import check
from ranvier.ir import Conv, Decode, Encoding, Fire, Network, Population, Projection, Sparse

KERNELS = {f"rv_events_{how}_{kind}" for how in ("set", "add") for kind in ("runs", "entries")}
STEPS = 12


def scattered(seed: int) -> tuple[Network, NDArray[np.uint8]]:
    """Return input -> p -> q with loops, and raw samples, (2, STEPS, channels).

    Two projections enter each population in either order. Kernels are of any stride, padding and
    dilation that keeps the columns of outputs together, and channels of any number from 4.
    """
    rng = np.random.default_rng(seed)
    image = (int(rng.integers(1, 4)), int(rng.integers(1, 8)), int(rng.integers(1, 8)))
    first, after = _conv(rng, image)
    second, last = _conv(rng, after)
    p, q = int(np.prod(after)), int(np.prod(last))
    shift = int(rng.integers(0, 2))
    into = [
        [Projection(source="input", target="p", connection=first, shift=shift),
         Projection(source="p", target="p", connection=_sparse(rng, p, p), delay=1, shift=shift)],
        [Projection(source="p", target="q", connection=second),
         Projection(source="input", target="q", connection=_sparse(rng, q, int(np.prod(image))))],
    ]  # fmt: skip
    n = network(
        encoding=Encoding(
            channels=int(np.prod(image)), raw="uint8", raw_low=0, raw_high=1, raw_scale=1.0
        ),
        populations=(_leaky(rng, "p", p), _leaky(rng, "q", q)),
        projections=tuple(x for pair in into for x in pair[:: int(rng.choice([-1, 1]))]),
        decode=Decode(rule="spike-count", sources=("q",), multiplier=ints(1)),
    )
    density = rng.choice([0, 0.05, 0.3, 1], (2, STEPS, 1))
    return check(n), (rng.random((2, STEPS, n.encoding.channels)) < density).astype(np.uint8)


def _leaky(rng: np.random.Generator, name: str, size: int) -> Population:
    return population(name, size, fire=Fire(compare=">", threshold=rng.integers(1, 400, size)))


def _conv(
    rng: np.random.Generator, image: tuple[int, int, int]
) -> tuple[Conv, tuple[int, int, int]]:
    """Return a convolution of spikes, and the image that it gives."""
    while True:
        dilation = int(rng.integers(1, 3))
        # A stride that is a multiple of the dilation keeps the columns of outputs together.
        strides = (int(rng.integers(1, 4)), dilation * int(rng.integers(1, 3)))
        kernel = (int(rng.integers(1, 4)), int(rng.integers(1, 5)))
        shape = (int(rng.integers(4, 12)), image[0], *kernel)
        made = Conv(
            weight=rng.integers(-127, 128, shape), input_shape=image, stride=strides,
            dilation=(int(rng.integers(1, 3)), dilation),
            padding=(*rng.integers(0, 3, 2).tolist(), *rng.integers(0, 4, 2).tolist()),
        )  # fmt: skip
        height, width = connections.output_size(made)
        if 0 < shape[0] * height * width <= 160:
            return made, (shape[0], height, width)


def _sparse(rng: np.random.Generator, targets: int, sources: int) -> Sparse:
    place = np.flatnonzero(rng.random(targets * sources) < min(0.2, 400 / (targets * sources)))
    place = place if place.size else np.zeros(1, np.int64)
    return Sparse(
        shape=(targets, sources), source=place // targets, target=place % targets,
        weight=rng.integers(-127, 128, place.size),
    )  # fmt: skip
