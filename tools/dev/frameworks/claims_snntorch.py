# SPDX-License-Identifier: Apache-2.0
"""What docs/dialects.md says of the exporter of SnnTorch 1.0.0."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

import numpy as np
import snntorch as snn
import torch
from claims import Claim, refuses, same
from snntorch.export_nir import export_to_nir
from snntorch.import_nir import import_from_nir
from torch import nn


def claims() -> Iterator[Claim]:
    """Yield each statement and whether it is true."""

    def export(*layers: nn.Module, shape: tuple[int, ...] = (4,), **options: Any) -> Any:
        options = {"ignore_dims": [0]} | options
        return export_to_nir(nn.Sequential(*layers), torch.zeros(1, *shape), **options)

    def leaky(n: int, **options: Any) -> nn.Module:
        settings: dict[str, Any] = {"beta": torch.full((n,), 0.5), "threshold": torch.ones(n)}
        return snn.Leaky(**settings | {"init_hidden": True} | options)

    linear = nn.Linear(4, 3)
    scalar = snn.Leaky(beta=0.5, init_hidden=True)
    yield "a scalar beta is refused", refuses(lambda: export(linear, scalar))
    yield (
        "a batched sample is refused without ignore_dims=[0]",
        refuses(lambda: export(linear, leaky(3), ignore_dims=[])),
    )
    plain = export(linear, leaky(3))
    lost = (
        {"reset_mechanism": "zero"},
        {"reset_mechanism": "none"},
        {"reset_delay": False},
        {"graded_spikes_factor": 0.5},
        {"inhibition": True},
    )
    for options in lost:
        traceless = same(plain, export(linear, leaky(3, **options)))
        yield f"{options} leaves no trace", traceless
    lif = plain.nodes["1"]
    dt = np.asarray(lif.tau) / np.asarray(lif.r)
    yield "tau / r = 1e-4", bool(np.allclose(dt, 1e-4, rtol=1e-6))
    yield "1 - 1/r = beta", bool((1 - 1 / np.asarray(lif.r) == 0.5).all())
    one = export(linear, leaky(3, beta=torch.ones(3))).nodes["1"]
    yield "beta = 1 is written as an infinite tau", bool(np.isinf(one.tau).all())
    same_size = nn.Conv2d(1, 1, 1)
    pools = [
        export(same_size, nn.AvgPool2d(2, stride=3, padding=p), shape=(1, 5, 5)) for p in (0, 1)
    ]
    yield "padding of AvgPool2d leaves no trace", same(*pools)
    tall = nn.Conv2d(1, 1, (3, 1))
    yield (
        "a kernel that is not square is refused",
        refuses(lambda: export(tall, leaky(1, beta=torch.full((1, 2, 4), 0.5)), shape=(1, 4, 4))),
    )

    def current(**options: Any) -> nn.Module:
        return snn.RSynaptic(alpha=0.5, beta=0.5, linear_features=3, **options)

    late = current(init_hidden=True, reset_delay=False)
    yield (
        "RSynaptic(init_hidden, reset_delay=False) raises",
        refuses(lambda: late(torch.ones(1, 3))),
    )
    graph = export(linear, snn.RLeaky(beta=0.5, linear_features=3, init_hidden=True))
    loop = {("1.lif", "1.w_rec"), ("1.w_rec", "1.lif")} <= set(graph.edges)
    yield "RLeaky becomes NAME.lif and NAME.w_rec in a loop", loop
    with redirect_stdout(StringIO()):
        back = import_from_nir(plain)
    found = [m for m in back.modules() if isinstance(m, snn.Leaky)]
    yield (
        "re-import makes every reset zero and immediate",
        all(m.reset_mechanism == "zero" and not m.reset_delay for m in found) and bool(found),
    )
    two = export(linear, leaky(3, threshold=torch.tensor([1.0, 2.0, 1.0])))

    def reimport() -> None:
        with redirect_stdout(StringIO()):
            import_from_nir(two)

    yield "re-import refuses thresholds that differ", refuses(reimport)
