# SPDX-License-Identifier: Apache-2.0
"""What docs/dialects.md says of the exporter of Spyx 1.0.0."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

import numpy as np
from claims import Claim
from flax import nnx
from spyx import nn as snn
from spyx.nir import to_nir


def claims() -> Iterator[Claim]:
    """Yield each statement and whether it is true."""

    def export(layer: Any) -> Any:
        net = snn.Sequential(nnx.Linear(4, 3, rngs=nnx.Rngs(0)), layer)
        with redirect_stdout(StringIO()):
            return to_nir(net, {"input": np.array([4])}, {"output": np.array([3])})

    lif = export(snn.LIF((3,), beta=0.75, rngs=nnx.Rngs(0))).nodes["layer_1"]
    yield "LIF: r = beta", bool((np.asarray(lif.r) == 0.75).all())
    yield "LIF: tau = dt / (1 - beta), dt = 1", bool((np.asarray(lif.tau) == 4).all())
    rec = export(snn.RLIF((3,), rngs=nnx.Rngs(0))).nodes["layer_1"]
    yield (
        "a recurrent layer's subgraph leads its input into w_rec",
        ("layer_1.input", "layer_1.w_rec") in rec.edges,
    )
    yield (
        "LI is left out of the file",
        "layer_1" not in export(snn.LI((3,), rngs=nnx.Rngs(0))).nodes,
    )
    yield (
        "ALIF is left out of the file",
        "layer_1" not in export(snn.ALIF((3,), rngs=nnx.Rngs(0))).nodes,
    )
