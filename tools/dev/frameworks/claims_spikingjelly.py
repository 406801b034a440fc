# SPDX-License-Identifier: Apache-2.0
"""What docs/dialects.md says of the exporter of SpikingJelly 2.0.0."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from claims import Claim, refuses
from loguru import logger
from spikingjelly.activation_based import neuron
from spikingjelly.activation_based.nir_exchange import export_to_nir
from torch import nn


def claims() -> Iterator[Claim]:
    """Yield each statement and whether it is true."""
    logger.remove()

    def export(*layers: nn.Module, shape: tuple[int, ...] = (4,)) -> Any:
        return export_to_nir(nn.Sequential(*layers), torch.zeros(1, *shape), dt=1e-3)

    linear = nn.Linear(4, 3)
    soft = neuron.LIFNode(v_reset=None)
    yield "soft reset is refused", refuses(lambda: export(linear, soft))
    lif = export(linear, neuron.LIFNode(tau=4.0, v_reset=-0.5)).nodes["_1"]
    whole = export(linear, neuron.LIFNode(tau=4.0, decay_input=False)).nodes["_1"]
    yield "decay_input=True: r = 1", bool((np.asarray(lif.r) == 1).all())
    yield "decay_input=False: r = tau / dt", bool((np.asarray(whole.r) == 4).all())
    yield "tau is in seconds of the dt given", bool(np.allclose(lif.tau, 4e-3))
    yield "v_leak = v_reset", bool((np.asarray(lif.v_leak) == -0.5).all())
    unit = export(linear, neuron.IFNode()).nodes["_1"]
    yield "IFNode: r = 1 / dt", bool(np.allclose(unit.r, 1e3))
    grouped = nn.Conv2d(2, 2, 3, groups=2)
    yield "grouped convolution is refused", refuses(lambda: export(grouped, shape=(2, 4, 4)))
