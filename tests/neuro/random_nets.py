# SPDX-License-Identifier: Apache-2.0
"""Random networks that obey Loihi's rules, and inputs for them: the same seed, the same network."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from tests.unit.nets import ints, population

from ranvier.check import check
from ranvier.connections import shape
from ranvier.ir import (
    INPUT,
    Connection,
    Conv,
    Decay,
    Decode,
    Dense,
    Encoding,
    Fire,
    IntArray,
    Network,
    Pool,
    Population,
    Projection,
    Reset,
    Sparse,
    SynapticState,
)

M = 2**23
STEPS, SAMPLES = 60, 2
KINDS = (
    "dense", "recurrent", "delays", "conv", "groups", "graded", "skip", "loud", "readout", "netx",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A network, the chip it is for, and its raw inputs, (samples, steps, channels)."""

    name: str
    chip: str
    network: Network
    raw: NDArray[np.uint8] | NDArray[np.int8]


def case(seed: int) -> Case:
    """Return case `seed`; kinds take turns."""
    rng = np.random.default_rng([20, seed])
    kind = KINDS[seed % len(KINDS)]
    graded = kind == "graded"
    chip = ("loihi1", "loihi2")[(seed // len(KINDS)) % 2]
    image = kind in ("conv", "netx") and seed // len(KINDS) % 3 != 2
    size = (2, 6, 5) if image else (int(rng.integers(6, 20)),)
    low, high = (-7, 7) if graded else (0, 1)
    encoding = Encoding(
        channels=int(np.prod(size)), raw="int8" if graded else "uint8", raw_low=low, raw_high=high,
        raw_scale=1.0,
    )  # fmt: skip
    populations, projections = _layers(rng, kind, size)
    network = Network(
        name=f"random{seed}",
        dt=1e-3,
        encoding=encoding,
        populations=tuple(populations),
        projections=tuple(projections),
        decode=_decode(populations[-1]),
    )
    check(network)
    wide = (SAMPLES, STEPS, encoding.channels)
    often = 0.8 if kind == "loud" else 0.3
    raw = rng.integers(low, high, wide, endpoint=True) if graded else rng.random(wide) < often
    return Case(f"{kind}-{seed}", chip, network, raw.astype(encoding.raw))


def _decode(last: Population) -> Decode:
    rule = "spike-count" if last.fire is not None else "readout-mean"
    return Decode(rule=rule, sources=(last.name,), multiplier=ints(1))  # type: ignore[arg-type]


def _layers(
    rng: np.random.Generator, kind: str, size: tuple[int, ...]
) -> tuple[list[Population], list[Projection]]:
    """Return a chain of layers, and what its kind adds to it."""
    populations: list[Population] = []
    projections: list[Projection] = []
    before, loud = INPUT, kind == "loud"
    for k in range(int(rng.integers(2, 4))):
        name = "abc"[k]
        if len(size) == 3 and k < 2:
            connection, size = _window(rng, size, kind)
        else:
            wide = int(rng.integers(4, 16))
            connection = Dense(weight=_weights(rng, (wide, int(np.prod(size))), loud))
            size = (wide,)
        grouped = kind == "groups" and rng.random() < 0.7
        fires = not (kind == "readout" and k)
        populations.append(_population(rng, name, shape(connection)[0], loud, grouped, fires, kind))
        plain = isinstance(connection, Conv | Pool) and rng.random() < 0.8
        projections.append(
            Projection(
                source=before, target=name, connection=connection, bits=10,
                shift=6 if plain or kind == "netx" else _shift(rng, loud),
                delay=int(rng.integers(0, 5)) if kind in ("delays", "netx") and not plain else 0,
            )
        )  # fmt: skip
        before = name
        if not fires:
            break
    projections += _more(rng, kind, populations, projections)
    return populations, projections


def _more(
    rng: np.random.Generator, kind: str, populations: list[Population], chain: list[Projection]
) -> list[Projection]:
    """Return loops, second paths and edges that skip a layer."""
    found = []
    if kind == "netx" and chain[0].delay == 0 and isinstance(chain[0].connection, Dense):
        found.append(replace(_between(rng, populations[0], populations[0], 1, kind), shift=6))
    if kind in ("recurrent", "loud", "groups"):
        found += [
            _between(rng, p, p, int(rng.integers(1, 4)), kind)
            for p in populations
            if p.fire is not None and rng.random() < 0.8
        ]
    if kind == "recurrent":
        found.append(_between(rng, populations[1], populations[0], 2, kind))
    if kind in ("delays", "skip"):
        a, last = populations[0], populations[-1]
        found += [_between(rng, a, last, int(d), kind) for d in rng.choice(20, 2, replace=False)]
    if kind == "skip":
        q = chain[0]
        sparse = _sparse(rng, populations[-1].size, shape(q.connection)[1])
        found.append(replace(q, target=populations[-1].name, connection=sparse, delay=3))
    return found


def _between(
    rng: np.random.Generator, source: Population, target: Population, delay: int, kind: str
) -> Projection:
    w = _weights(rng, (target.size, source.size), kind == "loud")
    return Projection(
        source=source.name, target=target.name, connection=Dense(weight=w), bits=10,
        shift=_shift(rng, kind == "loud"), delay=delay,
    )  # fmt: skip


def _shift(rng: np.random.Generator, loud: bool) -> int:
    return int(rng.integers(11, 13) if loud else rng.integers(6, 9))


def _weights(rng: np.random.Generator, size: tuple[int, ...], loud: bool = False) -> IntArray:
    """Return weights of both signs or of one, of 8 bits or fewer, some of them 0."""
    low, high = ((-127, 128), (0, 128), (-127, 1), (-250, 251))[int(rng.integers(0, 3 + loud))]
    coarse = int(rng.integers(0, 4))
    w = (rng.integers(low, high, size) >> coarse) << coarse
    if high == 251:
        w = (w >> 1) << 1
    w[rng.random(size) < 0.2] = 0
    w.flat[0] = w.flat[0] or (4 if high > 1 else -4)
    return np.asarray(w, np.int64)


def _window(
    rng: np.random.Generator, size: tuple[int, ...], kind: str
) -> tuple[Connection, tuple[int, ...]]:
    """Return a convolution, seldom a pool, and the size of what it gives."""
    channels, height, width = size
    if kind == "conv" and rng.random() < 0.15 and min(height, width) > 3:
        pool = Pool(
            weight=int(rng.integers(20, 100)), input_shape=(channels, height, width),
            kernel=(2, 2), stride=(2, 2),
        )  # fmt: skip
        return pool, (channels, height // 2, width // 2)
    groups = channels if rng.random() < 0.3 else 1
    out = channels * int(rng.integers(1, 3))
    top, left = (int(n) for n in rng.integers(0, 2, 2))
    bottom = top + (kind == "conv" and rng.random() < 0.2)
    conv = Conv(
        weight=_weights(rng, (out, channels // groups, 3, 2)),
        input_shape=(channels, height, width),
        stride=(1, int(rng.integers(1, 3))),
        padding=(top, bottom, left, left),
        dilation=(1, int(rng.integers(1, 3))) if width > 3 else (1, 1),
        groups=groups,
    )
    total = shape(conv)[0]
    wide = (width + 2 * left - conv.dilation[1] - 1) // conv.stride[1] + 1
    return conv, (out, total // (out * wide), wide)


def _sparse(rng: np.random.Generator, targets: int, sources: int) -> Sparse:
    w = _weights(rng, (targets, sources))
    w[rng.random(w.shape) < 0.7] = 0
    w[0, 0] = 8
    source, target = np.nonzero(w.T)
    return Sparse(shape=(targets, sources), target=target, source=source, weight=w[target, source])


def _population(
    rng: np.random.Generator, name: str, size: int, loud: bool, grouped: bool, fires: bool,
    kind: str,
) -> Population:  # fmt: skip
    """Return neurons of Loihi's, alike or of three sorts; loud ones keep nearly everything."""
    sort = rng.integers(0, 3, size) if grouped else np.zeros(size, np.int64)
    kept_u = rng.integers(4000, 4096, 3) if loud else rng.choice([0, *rng.integers(0, 3900, 2)], 3)
    kept_v = rng.integers(4000, 4097, 3) if loud else rng.integers(1, 4000, 3)
    vth = rng.integers(100000, 131072, 3) if loud else rng.integers(1, 400, 3)
    exponent = 6 if loud or kind == "netx" or rng.random() < 0.5 else int(rng.integers(0, 6))
    most = 4095 if loud or exponent < 2 else 60
    bias = rng.integers(-most // 2, most, size, endpoint=True) * (rng.random() < 0.6)
    if not fires:
        kept_u, kept_v, bias = np.zeros(3, np.int64), rng.integers(1, 3000, 3), bias // 8
    current = SynapticState(
        decay=_decay(kept_u[sort]), bias=ints(0), bits=24, overflow="wrap-upper", gain=ints(1)
    )
    return population(
        name, size, fires=fires, synapses=(current,), decay=_decay(kept_v[sort]),
        bias=bias << exponent, bits=24, lower_bound=ints(1 - M),
        **({"fire": Fire(compare=">", threshold=vth[sort] << 6)} if fires else {}),
        reset=Reset(kind="value" if fires else "none", value=ints(0)),
    )  # fmt: skip


def _decay(kept: IntArray) -> Decay:
    alike = np.unique(kept).size == 1
    return Decay(kind="multiply", factor=kept[:1] if alike else kept, shift=12, rounding="zero")
