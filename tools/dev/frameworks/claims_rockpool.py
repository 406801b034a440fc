# SPDX-License-Identifier: Apache-2.0
"""What docs/dialects.md says of the exporter of Rockpool 3.1.0."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import nir
import numpy as np
import torch
from claims import Claim, refuses, same, writable
from rockpool.nn.combinators import Sequential
from rockpool.nn.modules.torch import ExpSynTorch, LIFNeuronTorch, LIFTorch, LinearTorch
from rockpool.nn.modules.torch.nir import from_nir, to_nir


def claims() -> Iterator[Claim]:
    """Yield each statement and whether it is true."""

    def linear() -> Any:
        return LinearTorch((4, 3), weight=torch.ones(4, 3), has_bias=False)

    plain = to_nir(Sequential(linear(), LIFTorch((3,))))
    yield "LIFTorch becomes CubaLIF", isinstance(plain.nodes["1_LIFTorch"], nir.CubaLIF)
    lost: tuple[dict[str, Any], ...] = (
        {"bias": torch.ones(3)},
        {"has_rec": True, "w_rec": torch.ones(3, 3)},
        {"max_spikes_per_dt": torch.tensor(1.0)},
    )
    for options in lost:
        graph = to_nir(Sequential(linear(), LIFTorch((3,), **options)))
        yield f"{', '.join(options)} leaves no trace", same(plain, graph)
    shape = np.asarray(plain.nodes["output"].input_type["input"]).tolist()
    yield "Output has the shape [1, 1, n]", shape == [1, 1, 3]
    yield (
        "two synapses a neuron are refused",
        refuses(lambda: to_nir(Sequential(LinearTorch((4, 6), has_bias=False), LIFTorch((6, 3))))),
    )
    synapses = to_nir(Sequential(linear(), ExpSynTorch(3)))
    yield "ExpSynTorch cannot be written with a trainable tau", not writable(synapses)
    membrane = to_nir(Sequential(linear(), LIFNeuronTorch((3,))))
    yield "re-import refuses LIF", refuses(lambda: from_nir(membrane))
    back = from_nir(plain)
    dts = [m.dt for m in back.modules() if isinstance(m, LIFTorch)]
    yield "re-import has dt a little off", bool(dts) and 0 < abs(dts[0] - 1e-3) < 1e-5
