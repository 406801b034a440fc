# SPDX-License-Identifier: Apache-2.0
"""Seeded random networks of spikes to count instructions on, and their input."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ranvier import connections, reference
from ranvier.check import check
from ranvier.ir import (
    INPUT,
    Connection,
    Conv,
    Decay,
    Decode,
    Dense,
    Encoding,
    Fire,
    Network,
    Population,
    Projection,
    Reset,
    Sparse,
)
from ranvier.qformat import bits_for

SEED = 1
FACTOR = 6554  # of 2**16: a tenth of a membrane leaks in a step
_BISECTIONS = 14


def layers(*sizes: int) -> Network:
    """Return a network of leaky layers: int8 weights, int16 states, a threshold a neuron."""
    rng = np.random.default_rng([SEED, *sizes])
    names = [INPUT, *(f"p{k}" for k in range(len(sizes) - 1))]
    return Network(
        name="bench",
        dt=1e-3,
        encoding=Encoding(channels=sizes[0], raw="uint8", raw_low=0, raw_high=1, raw_scale=1.0),
        populations=tuple(
            _leaky(rng, name, n) for name, n in zip(names[1:], sizes[1:], strict=True)
        ),
        projections=tuple(
            Projection(
                source=source,
                target=target,
                connection=Dense(weight=rng.integers(-127, 128, (sizes[k + 1], sizes[k]))),
            )
            for k, (source, target) in enumerate(pairwise(names))
        ),
        decode=Decode(rule="spike-count", sources=(names[-1],), multiplier=np.ones(1, np.int64)),
    )


def values(sources: int, targets: int, steps: int) -> tuple[Network, NDArray[np.int8]]:
    """Return a layer on analog input, and input that is never 0, (steps, sources).

    Its sums are shifted to 16 bits.
    """
    made = layers(sources, targets)
    bits = bits_for(0, 127 * 127 * sources)
    encoding = Encoding(channels=sources, raw="int8", raw_low=-127, raw_high=127, raw_scale=1.0)
    shifted = replace(made.projections[0], shift=min(0, 16 - bits))
    x = np.random.default_rng(SEED).integers(1, 128, (steps, sources)).astype(np.int8)
    return replace(made, encoding=encoding, projections=(shifted,)), x


def counting(network: Network) -> Network:
    """Return `network` on input that counts events, up to 255 a channel."""
    return replace(network, encoding=replace(network.encoding, raw_high=255))


def joined(connection: Connection) -> Network:
    """Return one leaky layer behind a connection."""
    targets, sources = connections.shape(connection)
    made = layers(sources, targets)
    return check(replace(made, projections=(replace(made.projections[0], connection=connection),)))


def convolution() -> Conv:
    """Return a 3 x 3 convolution of 4 channels of 6 x 6 into 8."""
    rng = np.random.default_rng([SEED, 3])
    weight = rng.integers(1, 128, (8, 4, 3, 3)) * rng.choice([-1, 1], (8, 4, 3, 3))
    return Conv(weight=weight, input_shape=(4, 6, 6), padding=(1, 1, 1, 1))


def sparse(density: float, size: int = 64) -> Sparse:
    """Return so many entries of a square matrix."""
    rng = np.random.default_rng(3)
    kept = rng.random((size, size)) < density
    source, target = np.nonzero(kept.T)
    weight = rng.integers(1, 128, source.size) * rng.choice([-1, 1], source.size)
    return Sparse(source=source, target=target, weight=weight, shape=(size, size))


def of_bits(network: Network, bits: int) -> Network:
    """Return `network` with its 8-bit weights rounded to `bits`."""
    high = (1 << (bits - 1)) - 1

    def rounded(q: Projection) -> Projection:
        w = np.asarray(q.connection.weight, np.int64)
        scaled = np.clip(np.rint(w * ((high + 0.5) / 127)), -high - 1, high).astype(np.int64)
        return replace(q, bits=bits, connection=Dense(weight=scaled))

    return replace(network, projections=tuple(map(rounded, network.projections)))


def _leaky(rng: np.random.Generator, name: str, size: int) -> Population:
    zero = np.zeros(1, np.int64)
    return Population(
        name=name,
        size=size,
        decay=Decay(kind="leak", factor=np.array([FACTOR]), shift=16),
        bias=zero,
        scale=np.ones(1),
        fire=Fire(compare=">", threshold=rng.integers(300, 500, size)),
        reset=Reset(kind="value", value=zero),
    )


def of_rule(network: Network, reset: Reset, bias: int) -> Network:
    """Return `network` with neurons that reset otherwise, and a bias of up to `bias` each."""
    rng = np.random.default_rng([SEED, bias])
    return replace(
        network,
        populations=tuple(
            replace(p, reset=reset, bias=rng.integers(-bias, bias, p.size, endpoint=True))
            for p in network.populations
        ),
    )


def firing(network: Network, x: NDArray[np.uint8], rate: float) -> Network:
    """Return `network` with thresholds at which its first layer fires at `rate` on x.

    They are spread by a tenth around the one that all would share.
    """
    p = network.populations[0]
    spread = np.random.default_rng([SEED, p.size]).uniform(0.9, 1.1, p.size)

    def at(theta: float) -> Network:
        assert p.fire is not None
        levels = np.rint(theta * spread).astype(np.int64)
        first = replace(p, fire=replace(p.fire, threshold=levels))
        return replace(network, populations=(first, *network.populations[1:]))

    low, high = 1.0, 30000.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        found = reference.simulate(at(middle), x[None]).spikes[p.name].mean()
        low, high = (middle, high) if found > rate else (low, middle)
    return at(low)


def spikes(steps: int, channels: int, activity: float) -> NDArray[np.uint8]:
    """Return spikes that come by themselves, (steps, channels)."""
    rng = np.random.default_rng(SEED + 1)
    return (rng.random((steps, channels)) < activity).astype(np.uint8)


def events(steps: int, channels: int, number: int) -> NDArray[np.uint8]:
    """Return so many spikes in every step, (steps, channels)."""
    rng = np.random.default_rng(SEED + 1)
    order = rng.permuted(np.tile(np.arange(channels), (steps, 1)), axis=1)
    return (order < number).astype(np.uint8)
