# SPDX-License-Identifier: Apache-2.0
"""What docs/dialects.md says of the exporter of Sinabs 3.1.3."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import sinabs.activation as sina
import sinabs.layers as sl
import torch
from claims import Claim, refuses, same
from sinabs.nir import from_nir, to_nir
from torch import nn


def claims() -> Iterator[Claim]:
    """Yield each statement and whether it is true."""

    def export(*layers: nn.Module) -> Any:
        return to_nir(nn.Sequential(*layers), torch.zeros(10, 4))

    def lif(**options: Any) -> nn.Module:
        settings = {"tau_mem": torch.full((3,), 20.0), "spike_threshold": torch.ones(3)}
        return sl.LIFSqueeze(batch_size=1, **settings | options)

    linear = nn.Linear(4, 3)
    plain = export(linear, lif())
    yield "tau is in steps", bool((np.asarray(plain.nodes["1"].tau) == 20).all())
    lost: tuple[dict[str, Any], ...] = (
        {"norm_input": False},
        {"tau_syn": torch.full((3,), 5.0)},
        {"min_v_mem": -1.0},
        {"spike_fn": sina.SingleSpike},
        {"reset_fn": sina.MembraneReset()},
    )
    for options in lost:
        yield f"{', '.join(options)} leaves no trace", same(plain, export(linear, lif(**options)))
    yield "norm_input is on by default", sl.LIF(tau_mem=20.0).norm_input
    rec = sl.LIFRecurrent(tau_mem=20.0, rec_connect=nn.Linear(3, 3))
    yield "LIFRecurrent is refused", refuses(lambda: export(linear, rec))
    alphas = lif(train_alphas=True)
    yield "train_alphas=True is refused", refuses(lambda: export(linear, alphas))
    state = sina.MembraneReset(0.25)(torch.zeros(1), {"v_mem": torch.zeros(1)}, 1.0)
    yield "MembraneReset(value) adds the value to silent neurons too", float(state["v_mem"]) == 0.25
    iaf = export(linear, sl.IAFSqueeze(batch_size=1, spike_threshold=torch.ones(3)))
    back = from_nir(iaf, batch_size=1)
    bounds = [m.min_v_mem for m in back.modules() if isinstance(m, sl.IAF)]
    yield "re-import gives IAF a lower bound of -threshold", bool((bounds[0] == -1).all())
