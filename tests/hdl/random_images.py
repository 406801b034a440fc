# SPDX-License-Identifier: Apache-2.0
"""Random networks of convolutions and poolings, of kinds that share a simulated core each."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.hdl.random_networks import Kind, random_population, random_projection

from ranvier.check import check
from ranvier.errors import RanvierError
from ranvier.ir import (
    INPUT,
    Conv,
    Decode,
    Encoding,
    Network,
    Pool,
    Population,
    Projection,
)
from ranvier.targets.fpga import images, kernels, shapes
from ranvier.targets.fpga.images import Parameters
from ranvier.targets.fpga.kernels import Shape
from ranvier.targets.fpga.lower import lower
from ranvier.targets.fpga.plan import Plan

KINDS = {
    "8 lanes": Kind(lanes=8, weight_bits=8, fraction=2, low=0, high=1, value_bits=0, reset=0,
                    bias=12000, size=20),
    "16 lanes": Kind(lanes=16, weight_bits=4, fraction=0, low=-8, high=7, value_bits=4, reset=-5,
                     bias=12000, size=20),
    "1 lane": Kind(lanes=1, weight_bits=2, fraction=3, low=0, high=1, value_bits=0, reset=77,
                   bias=300, size=12),
    "2 lanes, 24 bits": Kind(lanes=2, weight_bits=8, fraction=1, low=0, high=1, value_bits=0,
                             reset=0, bias=3000000, size=20, state_bits=24),
    "16 lanes, 4 at a time": Kind(lanes=16, weight_bits=4, fraction=0, low=0, high=1, value_bits=0,
                                  reset=0, bias=12000, size=20, fold=4),
}  # fmt: skip


def parameters(kind: Kind) -> Parameters:
    """Return those of a core for every network of a kind."""
    return images.whole(kind.parameters().values | {
        "SumW": kind.state_bits + 15, "GroupW": 10 + kind.fold // 2,
        "Groups": 1024 * kind.fold, "AddressW": 11, "ListW": 12, "ListWords": 1024,
        "WeightAW": 16, "WeightRows": 65536, "Shared": 1, "ReachAW": 12, "Reaches": 4096,
        "RunW": 7, "TallW": 8,
    })  # fmt: skip


@st.composite
def networks(draw: Any, kind: Kind) -> tuple[Network, NDArray[np.int64]]:
    """Return networks of a kind, and raw samples, (2, steps, channels)."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))

    def pick(*of: Any) -> Any:
        return draw(st.sampled_from(of))

    first: Shape = (pick(1, 2, 3), pick(1, 1, 5, 6), pick(4, 7))
    known: dict[str, Shape] = {INPUT: first}
    populations: list[Population] = []
    projections: list[Projection] = []
    count = pick(1, 2, 3)
    for k in range(count):
        name = f"p{k}"
        source = INPUT if k == 0 else pick(*known)
        own = _connection(kind, rng, pick, known[source])
        shape = kernels.target_of(own)
        assert shape is not None
        fires = k == 0 or pick(True, True, False)
        p = _population(kind, rng, pick, name, shape, fires, k == 0)
        populations.append(p)
        fields: dict[str, Any] = {"target": name, "bits": kind.weight_bits}

        def synapse(p: Population = p) -> int:
            return int(pick(*range(max(1, len(p.synapses)))))

        projections.append(Projection(
            source=source, connection=own, shift=-kind.fraction, delay=pick(0, 0, 1, 3),
            synapse=synapse(), **fields,
        ))  # fmt: skip
        if pick(True, False):  # a second one, of the same kernel, or of all sources at once
            projections.append(
                replace(projections[-1], shift=0, delay=pick(0, 2), synapse=synapse())
                if pick(True, False)
                else _dense(kind, rng, pick, (pick(*known), p), known)
            )
        if fires:
            known[name] = shape
            if pick(True, False):  # a loop
                delay = pick(1, 2, 3)
                same = _same(kind, rng, pick, shape)
                projections.append(
                    Projection(
                        source=name, connection=same, delay=delay, synapse=synapse(), **fields
                    )
                    if pick(True, False)
                    else replace(_dense(kind, rng, pick, (name, p), known), delay=delay)
                )
    if pick(True, False):  # what reads an image as a vector
        p = random_population(kind, rng, pick, "last", pick(1, 5), pick(True, False), False)
        populations.append(p)
        projections.append(_dense(kind, rng, pick, (pick(*known), p), known))
    decoded = populations[-1]
    channels = int(np.prod(first))
    network = Network(
        name="net",
        dt=1e-3,
        encoding=Encoding(channels=channels, raw="int8", raw_low=kind.low, raw_high=kind.high,
                          raw_scale=1.0, stages=()),
        populations=tuple(populations),
        projections=tuple(projections),
        decode=Decode(rule="spike-count" if decoded.fire else "readout-mean",
                      sources=(decoded.name,), multiplier=np.ones(decoded.size, np.int64)),
    )  # fmt: skip
    steps = pick(3, 12)
    raw = rng.integers(kind.low, kind.high, (2, steps, channels), np.int64, endpoint=True)
    return network, raw * (rng.random(raw.shape) < pick(0.1, 1.0))


def planned(network: Network, kind: Kind, share: bool) -> Plan:
    """Return the plan of a random network; give up one that the core does not execute.

    Parameters
    ----------
    share
        Whether all weights are shared that can be, else those alone where it takes less memory.
    """
    with pytest.MonkeyPatch.context() as patch:
        if share:
            patch.setattr(shapes, "WINDOW", -(2**20))
        try:
            plan = lower(
                check(network), kind.lanes, kind.weight_bits, kind.state_bits, kind.fold, kind.leak
            )
        except RanvierError:
            assume(False)
            raise
    assume(images.covers(parameters(kind), plan))
    return plan


def _connection(kind: Kind, rng: np.random.Generator, pick: Any, shape: Shape) -> Conv | Pool:
    channels, height, width = shape
    if pick(True, False, False, False):
        size = min(height, pick(1, 2)), min(width, pick(2, 3))
        padding = pick(0, 0, 1) if min(size) > 1 else 0
        return Pool(
            weight=int(_weights(kind, rng, (1,))[0]), input_shape=shape, kernel=size,
            stride=(pick(1, 2, 3), pick(1, 2, 3)), padding=(padding, padding),
        )  # fmt: skip
    groups = pick(*(g for g in range(1, channels + 1) if channels % g == 0))
    out = groups * pick(1, 2, 3, 9 // groups)
    kernel = min(height, pick(1, 2, 3)), min(width, pick(1, 3, 4))
    dilation = (
        pick(1, 1, 2) if 2 * kernel[0] - 1 <= height else 1,
        pick(1, 1, 2) if 2 * kernel[1] - 1 <= width else 1,
    )
    return Conv(
        weight=_weights(kind, rng, (out, channels // groups, *kernel)), input_shape=shape,
        stride=(pick(1, 1, 2, 3), pick(1, 1, 2, 5)), groups=groups, dilation=dilation,
        padding=(*(pick(0, 1) for _ in range(2)), *(pick(0, 1, 2) for _ in range(2))),
    )  # fmt: skip


def _same(kind: Kind, rng: np.random.Generator, pick: Any, shape: Shape) -> Conv:
    """Return a convolution onto an image of the same size."""
    groups = pick(1, shape[0])
    weight = _weights(kind, rng, (shape[0], shape[0] // groups, 1, 3))
    return Conv(weight=weight, input_shape=shape, padding=(0, 0, 1, 1), groups=groups)


def _dense(
    kind: Kind, rng: np.random.Generator, pick: Any, ends: tuple[str, Population],
    known: dict[str, Shape],
) -> Projection:  # fmt: skip
    sizes = {name: int(np.prod(shape)) for name, shape in known.items()}
    return random_projection(kind, rng, pick, ends, sizes, pick(0, 1), pick(0, 0, 1, 3))


def _population(
    kind: Kind, rng: np.random.Generator, pick: Any, name: str, shape: Shape, fires: bool,
    first: bool,
) -> Population:  # fmt: skip
    size = int(np.prod(shape))
    p = random_population(kind, rng, pick, name, size, fires, first)
    if pick(True, False):
        return p
    reach = pick(3, kind.bias)  # one bias a channel
    bias = np.repeat(rng.integers(-reach, reach, shape[0], np.int64), shape[1] * shape[2])
    return replace(p, bias=bias)


def _weights(kind: Kind, rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.int64]:
    reach = 1 << (kind.weight_bits - 1)
    return rng.integers(-reach, reach - 1, shape, np.int64, endpoint=True)
