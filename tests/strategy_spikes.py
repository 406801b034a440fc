# SPDX-License-Identifier: Apache-2.0
"""Random networks of dense 8-bit weights whose sums mostly fit 16 bits, on spikes or on values."""

from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.strategies import networks

from ranvier.ir import (
    INPUT,
    Decay,
    Decode,
    Dense,
    Encoding,
    Fire,
    Network,
    Population,
    Projection,
    Reset,
)

SIZES = (1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 17, 24, 33, 40)
SHIFTS = {"paired": (0,), "shifted": (-3, -1, 1, 2, 5), "values": (-5, -4, -2, -1, 0, 1, 3)}
RULES = ("paired", "paired", "paired", "shifted", "leaky", "readout", "any", "any")


@st.composite
def spiking(draw: Any) -> Network:
    """Return valid networks of one to three layers, with loops and second paths."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))

    def pick(*of: Any) -> Any:
        return of[rng.integers(len(of))]

    sizes = {INPUT: pick(*SIZES, 70)}
    raw, low, high = pick(
        ("uint8", 0, 1), ("uint8", 0, 1), ("uint8", 0, 255), ("int8", -128, 127), ("int8", -9, 3)
    )  # fmt: skip
    populations: list[Population] = []
    projections: list[Projection] = []
    n = pick(1, 2, 3)
    for k in range(n):
        name, size = f"p{k}", pick(*SIZES)
        rule = pick(*RULES)
        if k + 1 < n and rule == "readout":
            rule = "paired"
        p = _any(draw, rng, name, size) if rule == "any" else _leaky(rng, name, size, rule)
        populations.append(p)
        for source in [pick(*sizes), *([pick(*sizes)] if pick(True, False) else [])]:
            made = "values" if (source, high > 1) == (INPUT, True) else rule
            projections.append(_projection(rng, source, sizes[source], p, pick(0, 0, 2), made))
        if p.fire is not None:
            sizes[name] = size
            if pick(True, False):
                projections.append(_projection(rng, name, size, p, pick(1, 3), rule))
    if populations[-1].fire is None:
        decode = pick("readout-mean", "readout-last")
    else:
        decode = pick("spike-count", "spike-count", "per-step")
    return Network(
        name="net",
        dt=1e-3,
        encoding=Encoding(
            channels=sizes[INPUT], raw=raw, raw_low=low, raw_high=high, raw_scale=1.0
        ),
        populations=tuple(populations),
        projections=tuple(projections),
        decode=Decode(
            rule=decode, sources=(populations[-1].name,), multiplier=np.ones(1, np.int64)
        ),
    )  # fmt: skip


@st.composite
def inputs(draw: Any, network: Network) -> NDArray[np.integer]:
    """Return input (2, steps, channels), of which none, few, all, or as they come are not 0."""
    e = network.encoding
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rate = draw(st.sampled_from((0.0, 0.03, 0.1, 0.3, 0.7, 1.0)))
    shape = (2, 20, network.encoding.channels)
    rates = rate if draw(st.booleans()) else rng.random((2, 20, 1))
    ends = rng.integers(e.raw_low, e.raw_high + 1, shape)
    if e.raw_high == 255 and rng.integers(4):  # counts that are seldom large
        ends = np.minimum(rng.geometric(rng.choice([0.1, 0.5, 0.9]), shape), 255)
    ends = np.where(ends == 0, e.raw_high, ends)
    if rng.integers(3) == 0:
        ends = np.where(ends > 0, e.raw_high, e.raw_low)
    return (ends * (rng.random(shape) < rates)).astype(e.raw)


def _leaky(rng: np.random.Generator, name: str, size: int, rule: str) -> Population:
    """Return neurons of the usual rule, from thresholds that are always met to none."""
    one = size if rule == "leaky" else 1
    low, high = ((-3, 3), (1, 300), (50, 3000), (-32768, 32767))[rng.integers(4)]
    fire = Fire(compare=">", threshold=rng.integers(low, high + 1, size))
    top = 65535 if rule == "leaky" or rng.integers(3) == 0 else 32767
    return Population(
        name=name,
        size=size,
        decay=Decay(
            kind="leak", shift=16,
            factor=rng.choice((0, 1, 6554, int(rng.integers(0, top)), top), one)
        ),
        bias=rng.integers(*((-300, 301) if rule in ("leaky", "readout") else (0, 1)), one),
        fire=None if rule == "readout" else fire,
        reset=Reset(kind="value", value=rng.choice([0, 0, -32768, 32767, 7, -20], one)),
        scale=np.ones(1),
    )  # fmt: skip


def _any(draw: Any, rng: np.random.Generator, name: str, size: int) -> Population:
    """Return neurons of a rule that `networks` draws, which have this size."""
    drawn = networks(kernels=True, chips=False).map(lambda n: n.populations[0])
    found = draw(drawn.filter(lambda p: p.size > 1 and p.bits == 16))
    at = rng.integers(0, found.size, size)

    def sized(value: Any) -> Any:
        if isinstance(value, np.ndarray) and value.size == found.size:
            return value[at]
        if hasattr(value, "__dataclass_fields__"):
            return type(value)(**{f: sized(getattr(value, f)) for f in value.__dataclass_fields__})
        return tuple(sized(v) for v in value) if isinstance(value, tuple) else value

    fields = {f: sized(getattr(found, f)) for f in found.__dataclass_fields__}
    return Population(**{**fields, "name": name, "size": size})


def _projection(
    rng: np.random.Generator, source: str, sources: int, p: Population, delay: int, rule: str
) -> Projection:
    low, high = ((-3, 3), (-127, 127), (-8, 7), (-2, 1))[rng.choice(4, p=(0.2, 0.4, 0.25, 0.15))]
    shifts = SHIFTS.get(rule, (0, 1, -2))
    return Projection(
        source=source,
        target=p.name,
        synapse=int(rng.integers(0, max(1, len(p.synapses)))),
        connection=Dense(weight=rng.integers(low, high + 1, (p.size, sources))),
        bits=8,
        shift=shifts[p.size % len(shifts)],
        delay=delay,
    )
