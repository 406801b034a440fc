# SPDX-License-Identifier: Apache-2.0
"""Random networks of convolutions, pools and sparse connections, large enough to have edges."""

from typing import Any

import numpy as np
from hypothesis import strategies as st
from tests.strategy_inputs import Draw, Map, spread

from ranvier import connections
from ranvier.ir import (
    INPUT,
    ClipStage,
    Conv,
    Decay,
    Decode,
    Encoding,
    Fire,
    Network,
    Pool,
    Population,
    Projection,
    Reset,
    Sparse,
)

_IMAGES = ((1, 1, 7), (2, 5, 4), (4, 3, 5), (6, 2, 3), (3, 6, 1), (4, 1, 1), (4, 4, 4))
_MOST = 60  # neurons of a population


@st.composite
def layered(draw: Any) -> Network:
    """Return input -> p0 -> p1, each a drawn kind, then more over the same paths and back."""
    d = Draw(draw, np.random.default_rng(draw(st.integers(0, 2**32 - 1))), True, (16,))
    image = d.pick(*_IMAGES)
    populations: list[Population] = []
    projections: list[Projection] = []
    source = INPUT
    for name in ("p0", "p1"):
        joined, image = _join(d, source, image)
        p = _population(d, name, joined.size)
        populations.append(p)
        projections.append(_projection(d, joined, name, d.pick(0, 0, 1, 2)))
        if d.pick(True, False):
            projections.append(_projection(d, joined.again(d), name, d.pick(0, 1)))
        projections.append(_projection(d, _back(d, name, image), name, d.pick(1, 2)))
        source = name
    low, high = -9, d.pick(1, 9, 200)
    channels = connections.shape(projections[0].connection)[1]
    return Network(
        name="net",
        dt=1e-3,
        encoding=Encoding(
            channels=channels, raw="int16", raw_low=-300, raw_high=300, raw_scale=1.0,
            stages=(ClipStage(low=low, high=high),),
        ),
        populations=tuple(populations),
        projections=tuple(d.draw(st.permutations(projections))),
        decode=Decode(
            rule="spike-count", sources=(populations[-1].name,), multiplier=np.ones(1, np.int64)
        ),
    )  # fmt: skip


def window_features(network: Network) -> set[str]:
    """Name what the connections of `network` are, to count what a sweep has reached."""
    found = set()
    for q in network.projections:
        c = q.connection
        kind = type(c).__name__.lower()
        found.add(f"{kind} delay {min(q.delay, 1)}")
        found.add(f"{kind} {'back' if q.source == q.target else 'forward'}")
        if isinstance(c, (Conv, Pool)):
            height, width = c.stride
            found.add(f"{kind} stride {'differs' if height != width else min(height, 2)}")
        if isinstance(c, Conv):
            several = [c.groups > 1, c.weight.shape[1] > 1, c.weight.shape[0] > c.groups]
            found.add(f"conv groups {several}")
            found.add(f"conv dilation {max(c.dilation) > 1}, stride {max(c.stride) > 1}")
            top, bottom, left, right = c.padding
            found |= {"conv padding differs"} if top != bottom and left != right else set()
    return found


def _join(d: Draw, source: str, image: tuple[int, int, int]) -> tuple[Map, tuple[int, int, int]]:
    """Return a connection from `image` and the image it gives."""
    kind = d.pick("conv", "conv", "pool", "sparse")
    bits = d.pick(4, 8, 8, 16)
    made = None
    for _ in range(20):
        made = _pool(d, image, bits) if kind == "pool" else _conv(d, image, bits)
        size = connections.output_size(made)
        channels = made.weight.shape[0] if isinstance(made, Conv) else image[0]
        if min(size) > 0 and channels * size[0] * size[1] <= _MOST:
            break
    else:
        made = Pool(weight=1, input_shape=image, kernel=(1, 1), stride=(1, 1))
        channels, size = image[0], (image[1], image[2])
    after = (channels, *size)
    targets, sources = connections.shape(made)
    if kind == "sparse":
        return Map(source, _sparse(d, targets, sources, bits), bits, targets), after
    return Map(source, made, bits, targets), after


def _conv(d: Draw, image: tuple[int, int, int], bits: int) -> Conv:
    channels = image[0]
    groups = d.pick(*(g for g in (1, 2, 2, 3, channels) if channels % g == 0))
    shape = (
        groups * d.pick(1, 2, 3),
        channels // groups,
        d.pick(*range(1, min(3, image[1]) + 1)),
        d.pick(*range(1, min(4, image[2]) + 1)),
    )
    return Conv(
        weight=_weights(d, bits, shape),
        input_shape=image,
        stride=d.pick((1, 1), (2, 2), (1, 2), (3, 1), (2, 3)),
        padding=(d.pick(0, 1, 4), d.pick(0, 1, 3), d.pick(0, 1, 2), d.pick(0, 2, 5)),
        dilation=d.pick((1, 1), (1, 1), (2, 2), (4, 3), (1, 2)),
        groups=groups,
    )


def _pool(d: Draw, image: tuple[int, int, int], bits: int) -> Pool:
    return Pool(
        weight=int(_weights(d, bits, ())),
        input_shape=image,
        kernel=(d.pick(1, 2, 3), d.pick(1, 2, 3)),
        stride=d.pick((1, 1), (2, 2), (3, 2), (1, 2)),
        padding=(d.pick(0, 1, 3), d.pick(0, 1, 3)),
    )


def _sparse(d: Draw, targets: int, sources: int, bits: int) -> Sparse:
    place = np.flatnonzero(d.rng.random(sources * targets) < d.pick(0.1, 0.5))
    weight = _weights(d, bits, place.shape)
    return Sparse(
        shape=(targets, sources), target=place % targets, source=place // targets, weight=weight
    )


def _back(d: Draw, name: str, image: tuple[int, int, int]) -> Map:
    """Return a loop from a population to itself."""
    bits = d.pick(8, 16)
    size = image[0] * image[1] * image[2]
    if d.pick(True, False):
        return Map(name, _sparse(d, size, size, bits), bits, size)
    conv = Conv(
        weight=_weights(d, bits, (image[0], image[0], 3, 2)),
        input_shape=image, padding=(1, 1, 1, 0),
    )  # fmt: skip
    return Map(name, conv, bits, size)


def _weights(d: Draw, bits: int, shape: tuple[int, ...]) -> Any:
    return spread(d.rng, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1, shape)


def _population(d: Draw, name: str, size: int) -> Population:
    often = d.pick(True, True, False)
    threshold = spread(d.rng, 1, 40 if often else 30000, (size,))
    many = d.pick(True, False)
    return Population(
        name=name,
        size=size,
        decay=Decay(kind="leak", factor=np.array([d.pick(6554, 40000)]), shift=16),
        bias=np.array([d.pick(0, 3)]),
        fire=Fire(
            compare=">", threshold=threshold, spikes="floor" if many else "once",
            max_spikes=3 if many else 1,
        ),
        reset=Reset(kind="subtract" if many else "value", value=np.zeros(1, np.int64)),
        scale=np.ones(1),
    )  # fmt: skip


def _projection(d: Draw, joined: Map, target: str, delay: int) -> Projection:
    return Projection(
        source=joined.source, target=target, connection=joined.connection, bits=joined.bits,
        shift=d.pick(0, 0, 1, -3), delay=delay,
    )  # fmt: skip
