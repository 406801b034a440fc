# SPDX-License-Identifier: Apache-2.0
"""Random networks of what the core executes, of a few kinds that share a simulated core each."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st
from numpy.typing import NDArray

from ranvier.check import check
from ranvier.errors import RanvierError
from ranvier.ir import (
    INPUT,
    Decay,
    Decode,
    Dense,
    Encoding,
    Fire,
    IntArray,
    Network,
    Population,
    Projection,
    Reset,
    SynapticState,
)
from ranvier.targets.fpga import images
from ranvier.targets.fpga.images import Parameters
from ranvier.targets.fpga.lower import lower
from ranvier.targets.fpga.plan import Leak, Plan

_ONE = np.ones(1, np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What all networks of a kind share, because a core is built for it."""

    lanes: int
    weight_bits: int
    fraction: int
    low: int
    high: int  # of what comes in
    value_bits: int
    reset: int
    bias: int  # the most
    size: int  # the most
    state_bits: int = 16
    fold: int = 1
    leak: Leak = "multiply"

    def parameters(self) -> Parameters:
        """Return those of a core for every network of this kind."""
        adds = {
            "Fold": self.fold, "Lefts": (1 << self.state_bits) - 1,
            "Shifts": 0xFFFF if self.leak == "shift" else 0,
        }  # fmt: skip
        return images.whole({
            **(adds if self.fold > 1 or self.leak == "shift" else {}),
            "Lanes": self.lanes, "LaneW": max(1, (self.lanes - 1).bit_length()),
            "WeightW": self.weight_bits, "StateW": self.state_bits,
            "SumW": self.state_bits + 14, "Frac": self.fraction,
            "FactorW": 16, "Strict": 1, "ResetValue": self.reset, "Move": 1, "GroupW": 8,
            "Groups": 256, "AddressW": 8, "ValueW": self.value_bits, "ListW": 10,
            "ListWords": 157, "DelayW": 2, "WeightAW": 15, "RowAW": 6, "Rows": 64,
            "WeightRows": 32768,
        })  # fmt: skip


KINDS = {
    "8 lanes": Kind(lanes=8, weight_bits=8, fraction=2, low=0, high=1, value_bits=0, reset=0,
                    bias=12000, size=40),
    "16 lanes": Kind(lanes=16, weight_bits=4, fraction=0, low=-8, high=7, value_bits=4, reset=-5,
                     bias=12000, size=40),
    "1 lane": Kind(lanes=1, weight_bits=2, fraction=3, low=0, high=1, value_bits=0, reset=77,
                   bias=300, size=12),
    "4 lanes": Kind(lanes=4, weight_bits=8, fraction=0, low=-8, high=7, value_bits=4, reset=0,
                    bias=12000, size=30),
    "2 cores of 16 lanes": Kind(lanes=32, weight_bits=8, fraction=1, low=0, high=1, value_bits=0,
                                reset=0, bias=12000, size=70),
    "8 lanes, 24 bits": Kind(lanes=8, weight_bits=8, fraction=1, low=0, high=1, value_bits=0,
                             reset=0, bias=3000000, size=30, state_bits=24),
    "16 lanes, 8 at a time": Kind(lanes=16, weight_bits=4, fraction=1, low=0, high=1, value_bits=0,
                                  reset=0, bias=12000, size=40, fold=2),
    "16 lanes, 4 at a time": Kind(lanes=16, weight_bits=4, fraction=0, low=0, high=1, value_bits=0,
                                  reset=9, bias=12000, size=40, fold=4),
    "8 lanes that shift": Kind(lanes=8, weight_bits=8, fraction=2, low=0, high=1, value_bits=0,
                               reset=-5, bias=12000, size=40, leak="shift"),
    "4 lanes that shift, 2 at a time": Kind(lanes=4, weight_bits=2, fraction=1, low=0, high=1,
                                            value_bits=0, reset=0, bias=300, size=20, fold=2,
                                            leak="shift"),
}  # fmt: skip


@st.composite
def networks(draw: Any, kind: Kind) -> tuple[Network, NDArray[np.int64]]:
    """Return networks of a kind, and raw samples, (2, steps, channels)."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))

    def pick(*of: Any) -> Any:
        return draw(st.sampled_from(of))

    sizes = {INPUT: pick(1, 3, 17)}
    populations: list[Population] = []
    projections: list[Projection] = []
    for k in range(pick(1, 2, 3)):
        fires = k == 0 or pick(True, True, False)
        p = random_population(kind, rng, pick, f"p{k}", pick(1, 5, 16, kind.size), fires, k == 0)
        populations.append(p)
        joined = [pick(*sizes) if k else INPUT]
        joined += [pick(*sizes) for _ in range(pick(0, 0, 1))]
        for n, source in enumerate(joined):
            shift = -kind.fraction if n == 0 else pick(0, 1, 3)
            delay = pick(0, 0, 1, 3)
            projections.append(random_projection(kind, rng, pick, (source, p), sizes, shift, delay))
        if fires:
            sizes[p.name] = p.size
            if pick(True, False):  # a loop
                made = random_projection(kind, rng, pick, (p.name, p), sizes, 0, pick(1, 2, 3))
                projections.append(made)
    last = populations[-1]
    network = Network(
        name="net",
        dt=1e-3,
        encoding=Encoding(channels=sizes[INPUT], raw="int8", raw_low=kind.low, raw_high=kind.high,
                          raw_scale=1.0, stages=()),
        populations=tuple(populations),
        projections=tuple(projections),
        decode=Decode(rule="spike-count" if last.fire else "readout-mean", sources=(last.name,),
                      multiplier=np.ones(last.size, np.int64)),
    )  # fmt: skip
    steps = pick(3, 12)
    raw = rng.integers(kind.low, kind.high, (2, steps, sizes[INPUT]), np.int64, endpoint=True)
    return network, raw * (rng.random(raw.shape) < pick(0.1, 1.0))


def planned(network: Network, kind: Kind) -> Plan:
    """Return the plan of a random network; give up one that the core does not execute."""
    try:
        return lower(
            check(network), kind.lanes, kind.weight_bits, kind.state_bits, kind.fold, kind.leak
        )
    except RanvierError:
        assume(False)
        raise


def random_population(
    kind: Kind, rng: np.random.Generator, pick: Any, name: str, size: int, fires: bool, first: bool
) -> Population:
    subtract = not (first and kind.reset) and pick(True, False)
    fire = None
    if fires:
        low, high = pick(
            (1, 20),
            (1, 300),
            (0, (1 << (kind.state_bits - 1)) - 1),
            *(((-300, 300),) if not subtract else ()),
        )
        threshold = rng.integers(low, high, size, np.int64, endpoint=True)
        fire = Fire(compare=pick(">", ">="), threshold=threshold)
    synapses = tuple(
        SynapticState(
            decay=_decay(kind, rng, pick), bias=random_bias(kind, rng, pick, size),
            gain=np.array([pick(1, 1, *((2, 4) if kind.leak == "shift" else (3, 5)))]),
            gain_shift=pick(0, 1, 2, 3, -1),
            bits=kind.state_bits,
        )
        for _ in range(pick(0, 0, 1, 2))
    )  # fmt: skip
    return Population(
        name=name,
        size=size,
        bits=kind.state_bits,
        synapses=synapses,
        decay=_decay(kind, rng, pick),
        bias=random_bias(kind, rng, pick, size),
        fire=fire,
        reset=Reset(
            kind="subtract" if subtract else "value",
            value=np.array([0 if subtract else kind.reset]),
        ),
        scale=np.ones(1),
    )


def _decay(kind: Kind, rng: np.random.Generator, pick: Any) -> Decay:
    rule = pick("none", "multiply", "leak", "leak", "shift")
    if rule == "none":
        return Decay(factor=_ONE)
    if rule == "shift":
        return Decay(kind=rule, factor=np.array([pick(0, 1, 4, 15, 16)]))
    shift = pick(1, 8, 15, 16)
    factor = rng.integers(0, 1 << shift, 1, np.int64, endpoint=True)
    if kind.leak == "shift":
        factor = 1 << rng.integers(0, shift, 1, np.int64, endpoint=True)
    return Decay(kind=rule, factor=factor, shift=shift)


def random_bias(kind: Kind, rng: np.random.Generator, pick: Any, size: int) -> IntArray:
    reach = pick(0, 0, 3, kind.bias)
    return rng.integers(-reach, reach, size, np.int64, endpoint=True)


def random_projection(
    kind: Kind, rng: np.random.Generator, pick: Any, ends: tuple[str, Population],
    sizes: dict[str, int], shift: int, delay: int,
) -> Projection:  # fmt: skip
    source, target = ends
    reach = 1 << (kind.weight_bits - 1)
    shape = target.size, target.size if source == target.name else sizes[source]
    weight = rng.integers(-reach, reach - 1, shape, np.int64, endpoint=True)
    return Projection(
        source=source, target=target.name, connection=Dense(weight=weight), bits=kind.weight_bits,
        shift=shift, delay=delay, synapse=pick(*range(max(1, len(target.synapses)))),
    )  # fmt: skip
