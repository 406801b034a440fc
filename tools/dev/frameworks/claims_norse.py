# SPDX-License-Identifier: Apache-2.0
"""What docs/dialects.md says of the exporter of Norse 1.1.0."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import nir
import norse.torch as nt
import numpy as np
import torch
from claims import Claim, refuses, writable
from norse.torch.utils.export_nir import to_nir
from norse.torch.utils.import_nir import from_nir
from torch import nn


def claims() -> Iterator[Claim]:
    """Yield each statement and whether it is true."""

    def export(*layers: nn.Module, shape: tuple[int, ...] = (4,), **options: Any) -> Any:
        return to_nir(nt.SequentialState(*layers), torch.zeros(*shape), **options)

    def box(*shape: int, **options: Any) -> nn.Module:
        p = {"tau_mem_inv": torch.full(shape, 256.0), "v_leak": torch.zeros(shape)}
        p |= {"v_th": torch.ones(shape), "v_reset": torch.zeros(shape)}
        return nt.LIFBoxCell(nt.LIFBoxParameters(**p | options))

    linear, other = nn.Linear(4, 3), nn.Linear(3, 3)
    yield "a scalar parameter is refused", not writable(export(linear, nt.LIFBoxCell()))
    for layer in (nn.Flatten(0), nt.LICell(), nt.LIFRecurrentCell(3, 3), nt.LIF()):
        graph = (
            export(linear, layer, other)
            if not isinstance(layer, nt.LIF)
            else export(linear, layer, other, shape=(1, 1, 4))
        )
        name = type(layer).__name__
        yield f"{name} becomes no node, so that nothing can be written", not writable(graph)
    loop = nt.RecurrentSequential(box(3), nn.Linear(3, 3), output_modules=0)
    yield "RecurrentSequential is refused", refuses(lambda: export(linear, loop, other))
    bare = nn.Conv2d(1, 1, 3, bias=False)
    yield "Conv2d without bias is refused", refuses(lambda: export(bare, shape=(1, 4, 4)))
    conv = export(nn.Conv2d(1, 1, 3), box(1, 2, 2), shape=(1, 4, 4))
    yield "Conv2d cannot be written as exported", not writable(conv)
    conv.infer_types()
    yield "... but after graph.infer_types()", writable(conv)
    graph = export(linear, box(3, v_reset=torch.full((3,), 0.5)), dt=0.001)
    tau = np.asarray(graph.nodes["1"].tau)
    yield "tau = dt / tau_mem_inv", bool(np.allclose(tau, 0.001 / 256))
    yield "v_reset is written as 0", not np.any(np.asarray(graph.nodes["1"].v_reset))
    yield (
        "Linear without bias becomes Affine",
        isinstance(export(nn.Linear(4, 3, bias=False), box(3)).nodes["0"], nir.Affine),
    )
    cuba = export(
        linear,
        nt.LIFCell(
            nt.LIFParameters(
                **{
                    k: torch.full((3,), v)
                    for k, v in (
                        ("tau_syn_inv", 200.0),
                        ("tau_mem_inv", 100.0),
                        ("v_leak", 0.0),
                        ("v_th", 1.0),
                        ("v_reset", 0.0),
                    )
                }
            )
        ),
    ).nodes["1"]
    yield "LIFCell becomes CubaLIF with w_in = 1", bool((np.asarray(cuba.w_in) == 1).all())
    back = from_nir(export(linear, box(3), dt=0.001), dt=0.001)
    cells = [m for m in back.modules() if isinstance(m, nt.LIFBoxCell)]
    wrong = float(cells[0].p.tau_mem_inv.reshape(-1)[0]) if cells else 0.0
    yield "re-import makes tau_mem_inv 1/dt times too large", bool(np.isclose(wrong, 256e3))
