# SPDX-License-Identifier: Apache-2.0
"""Small NIR files and hand-written integer networks for the unit tests."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import nir
import numpy as np
from numpy.typing import NDArray

from ranvier.frontends.nir import read_nir
from ranvier.frontends.options import ModelOptions
from ranvier.ir import (
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
from ranvier.model import Model

DT = 1e-3


def ints(*values: int) -> IntArray:
    return np.array(values, np.int64)


def write_graph(
    path: Path,
    channels: tuple[int, ...],
    size: int,
    nodes: dict[str, Any],
    edges: list[tuple[str, str]] | None = None,
    check: bool = True,
    **metadata: Any,
) -> Path:
    """Write a NIR file; without `edges` the nodes form a chain in their order.

    `check`: whether nir looks at the shapes, which it gets wrong for some convolutions.
    """
    everything = {
        "input": nir.Input({"input": np.array(channels)}),
        **nodes,
        "output": nir.Output({"output": np.array([size])}),
    }
    keys = list(everything)
    if edges is None:
        edges = list(pairwise(keys))
    nir.write(path, nir.NIRGraph(everything, edges, metadata=metadata, type_check=check))
    return path


def lif(size: int, tau: float = 10 * DT, threshold: float = 1.0) -> Any:
    one = np.ones(size)
    return nir.LIF(tau * one, 10 * one, 0 * one, threshold * one, 0 * one)


def li(size: int, tau: float = 20 * DT) -> Any:
    one = np.ones(size)
    return nir.LI(tau * one, one, 0 * one)


def weights(targets: int, sources: int, seed: int = 0) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(0, 1, (targets, sources))


def small_model(path: Path, seed: int = 0, **metadata: Any) -> Path:
    """Write a 3-8-2 LIF and LI model that says its dt."""
    return write_graph(
        path,
        (3,),
        2,
        {
            "fc1": nir.Linear(weights(8, 3, seed)),
            "hidden": lif(8),
            "fc2": nir.Linear(weights(2, 8, seed + 1)),
            "readout": li(2),
        },
        **{"dt": DT, **metadata},
    )


def read(path: Path, **options: Any) -> Model:
    return read_nir(path, ModelOptions(**options))


def counts(
    samples: int = 6, steps: int = 30, channels: int = 3, high: int = 3, seed: int = 0
) -> NDArray[np.uint8]:
    """Return spike counts (samples, steps, channels) up to `high`."""
    shape = (samples, steps, channels)
    return np.random.default_rng(seed).integers(0, high, shape, np.uint8, endpoint=True)


def population(name: str, size: int, *, fires: bool = True, **fields: Any) -> Population:
    """Return a leaky population, with any field replaced."""
    fire = Fire(compare=">", threshold=np.full(size, 100, np.int64)) if fires else None
    given: dict[str, Any] = {
        "decay": Decay(kind="leak", factor=ints(4096), shift=16),
        "bias": ints(0),
        "fire": fire,
        "reset": Reset(kind="value" if fires else "none", value=ints(0)),
        "scale": np.ones(1),
    }
    return Population(name=name, size=size, **{**given, **fields})


def network(**fields: Any) -> Network:
    """Return a valid 2-3-2 network, input -> hid -> out, with any field replaced."""
    hidden = Dense(weight=ints(9, -4, 3, 7, -5, 8).reshape(3, 2))
    readout = Dense(weight=ints(1, -2, 3, -4, 5, -6).reshape(2, 3))
    populations = (population("hid", 3), population("out", 2, fires=False))
    last = fields.get("populations", populations)[-1:]
    given: dict[str, Any] = {
        "name": "net",
        "dt": DT,
        "encoding": Encoding(channels=2, raw="uint8", raw_low=0, raw_high=255, raw_scale=1.0),
        "populations": populations,
        "projections": (
            Projection(source="input", target="hid", connection=hidden),
            Projection(source="hid", target="out", connection=readout),
        ),
        "decode": Decode(
            rule="readout-mean", sources=tuple(p.name for p in last), multiplier=ints(1)
        ),
    }
    return Network(**{**given, **fields})


def wrap_upper() -> tuple[Network, NDArray[np.int16], list[int]]:
    """Return a Loihi current that meets M = 2**23 and 3M, its input, and what it comes to."""
    current = SynapticState(
        decay=Decay(kind="multiply", factor=ints(0)), bias=ints(0), bits=24, overflow="wrap-upper",
        gain=ints(1),
    )  # fmt: skip
    half = 2**12
    raw = np.array([half, half + 1, half - 1, -half, -half - 1, 1 - half, 3 * half + 1, -32767])
    m = 2**23
    wanted = [m, 2048 - m, m - 2048, m, m - 2048, 2048 - m, 2048 - m, 2048]
    made = network(
        encoding=Encoding(
            channels=1, raw="int16", raw_low=-32767, raw_high=32767, raw_scale=1.0
        ),
        populations=(
            population(
                "p", 1, fires=False, synapses=(current,), bits=32,
                decay=Decay(kind="multiply", factor=ints(0)),
            ),
        ),
        projections=(
            Projection(
                source="input", target="p", connection=Dense(weight=ints(1).reshape(1, 1)), shift=11
            ),
        ),
    )  # fmt: skip
    return made, raw.astype(np.int16)[None, :, None], wanted
