# SPDX-License-Identifier: Apache-2.0
"""Record what lava-nc's fixed-point models of Loihi do on random networks: `record_lava.py OUT`.

Runs in an environment of its own, made by make_environment.py from lava.txt. A
network is 12 inputs, 10 neurons that feed themselves and 6 more behind delays, in Lava's own
parameters; the last ones wrap their currents and saturate their membranes. No sum passes three
times the range of a current, where Lava, which wraps once, would leave 24 bits.
"""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from recording_chips import Arrays, record

SEED = 1
STEPS = 80
INPUTS, FIRST, SECOND = 12, 10, 6
CASES = 12
LOUD = 3  # of them drive their neurons out of the word

_field = dataclasses._get_field  # type: ignore[attr-defined]


def _as_before(cls: type, name: str, *rest: object) -> object:
    """Take Lava's mutable defaults, as Python before 3.11 did, but as factories."""
    default = getattr(cls, name, dataclasses.MISSING)
    kind = type(default)
    if kind.__module__.startswith("lava.") and kind.__hash__ is None:
        setattr(cls, name, dataclasses.field(default_factory=kind))
    return _field(cls, name, *rest)


dataclasses._get_field = _as_before  # type: ignore[attr-defined]

from lava.magma.core.run_conditions import RunSteps  # noqa: E402
from lava.magma.core.run_configs import Loihi2SimCfg  # noqa: E402
from lava.proc.dense.process import DelayDense, Dense  # noqa: E402
from lava.proc.io.sink import RingBuffer as Sink  # noqa: E402
from lava.proc.io.source import RingBuffer as Source  # noqa: E402
from lava.proc.lif.process import LIF  # noqa: E402
from lava.proc.monitor.process import Monitor  # noqa: E402


def draw(case: int) -> Arrays:
    """Return one network's parameters and its input spikes."""
    rng = np.random.default_rng([SEED, case])
    loud = case >= CASES - LOUD
    low, high = [(-256, 256), (0, 256), (-256, 1)][case % 3]
    exponents = (6, 0, 6) if loud else (*rng.integers(0, 3, 2), rng.integers(0, 4))
    return {
        "x": (rng.random((INPUTS, STEPS)) < (0.9 if loud else 0.3)).astype(np.int64),
        "w0": _representable(rng.integers(low, high, (FIRST, INPUTS))),
        "wr": _representable(rng.integers(-256, 256, (FIRST, FIRST)) // 4),
        "w1": _representable(rng.integers(-256, 256, (SECOND, FIRST))),
        "delays": rng.integers(0, 6, (SECOND, FIRST)),
        "exponents": np.array(exponents, np.int64),
        "du": np.array([rng.integers(-1, 100) if loud else rng.integers(0, 4096),
                        rng.integers(100, 4096)]),
        "dv": np.array([rng.integers(0, 40) if loud else rng.integers(0, 4096),
                        rng.integers(0, 4096)]),
        "vth": np.array([131071 if loud else rng.integers(1, 2500), rng.integers(1, 1500)]),
        "bias_mant": np.array([rng.integers(*((2000, 4096) if high == 1 else (-500, 4096))),
                               rng.integers(-100, 200)]),
        "bias_exp": np.array([6 if high == 1 else rng.integers(0, 6), rng.integers(0, 4)]),
    }  # fmt: skip


def _representable(w: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return weights that Loihi's 8 bits hold as they are: even ones where signs are mixed."""
    mixed = bool((w < 0).any() and (w > 0).any())
    return (w >> 1) << 1 if mixed else np.clip(w, -255, 255)


def run(p: Arrays) -> Arrays:
    """Run a network in Lava; return spikes, currents and membranes of both layers, (neurons, T)."""
    first, second = (
        LIF(
            shape=(size,),
            **{k: int(p[k][n]) for k in ("du", "dv", "vth", "bias_mant", "bias_exp")},
        )
        for n, size in enumerate((FIRST, SECOND))
    )
    source = Source(data=p["x"].astype(int))
    e = [int(x) for x in p["exponents"]]
    inputs = Dense(weights=p["w0"], weight_exp=e[0])
    loop = Dense(weights=p["wr"], weight_exp=e[1])
    forward = DelayDense(weights=p["w1"], weight_exp=e[2], delays=p["delays"], max_delay=8)
    sinks = [Sink(shape=(size,), buffer=STEPS) for size in (FIRST, SECOND)]
    for a, b in (
        (source.s_out, inputs.s_in),
        (inputs.a_out, first.a_in),
        (first.s_out, loop.s_in),
        (loop.a_out, first.a_in),
        (first.s_out, forward.s_in),
        (forward.a_out, second.a_in),
        (first.s_out, sinks[0].a_in),
        (second.s_out, sinks[1].a_in),
    ):
        a.connect(b)
    probes = {(k, n): Monitor() for k in ("u", "v") for n in (0, 1)}
    layers = (first, second)
    for (k, n), probe in probes.items():
        probe.probe(getattr(layers[n], k), STEPS)
    first.run(condition=RunSteps(STEPS), run_cfg=Loihi2SimCfg(select_tag="fixed_pt"))
    found = {f"s{n}": sink.data.get().astype(np.int64) for n, sink in enumerate(sinks)}
    for (k, n), probe in probes.items():
        (by_name,) = probe.get_data().values()
        found[f"{k}{n}"] = np.asarray(by_name[k], np.int64).T
    first.stop()
    return found


if __name__ == "__main__":
    record(Path(sys.argv[1]), CASES, draw, run)
