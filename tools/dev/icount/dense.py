# SPDX-License-Identifier: Apache-2.0
"""The same layers without events: what each weight times its input, every step, would take.

A dense layer is run as one is on analog input, by SMLAD on 8-bit weights, two products an
instruction, with values that are never 0. All else of a step is taken as it was counted.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ranvier import connections, reference
from ranvier.frontends.data import Data
from ranvier.ir import INPUT, Network
from ranvier.tools.dev.icount.nets import values
from ranvier.tools.dev.icount.profile import profile
from ranvier.tools.verbs.compile import compile
from ranvier.tools.verbs.prepare import raw_batches
from ranvier.tools.verbs.run import run

_STEPS = 5
_DENSE = "rv_values_set_i8_dsp"
_PROJECTION = re.compile(r"rv_(events|values|project)_")


@dataclass(frozen=True)
class Against:
    """Instructions of a step of a network, and of the same done densely.

    Attributes
    ----------
    ceiling
        How many times fewer a step would take if work fell with the activity of each layer's
        input, nothing were spent to find what is active, and all else stayed as it is.
    """

    events: float
    dense: float
    ceiling: float

    @property
    def ratio(self) -> float:
        """How many times fewer."""
        return self.dense / self.events


def against_dense(network: Network, data: Data, name: str, folder: Path) -> Against:
    """Count a network's steps on `data`, and what they would take densely."""
    build = compile(network, name, folder / "net").build
    instructions = run(build, data).instructions
    assert instructions is not None
    events = float(instructions["mean"])
    ((_, raw, _),) = raw_batches(network, data)
    shaped = raw.reshape(*raw.shape[:2], -1)
    counted = profile(build, shaped)
    rest = events - sum(n for f, n in counted.items() if _PROJECTION.match(f))
    trace = reference.simulate(network, raw)
    dense = active = 0.0
    for k, q in enumerate(network.projections):
        source = shaped if q.source == INPUT else trace.spikes[q.source]
        alone = _dense(*connections.shape(q.connection), name, folder / f"dense{k}")
        dense += alone
        active += alone * float(np.mean(source != 0))
    return Against(events=events, dense=rest + dense, ceiling=(rest + dense) / (rest + active))


def _dense(targets: int, sources: int, name: str, folder: Path) -> float:
    """Count one dense layer on values that are never 0."""
    network, x = values(sources, targets, _STEPS)
    return profile(compile(network, name, folder).build, x[None])[_DENSE]
