# SPDX-License-Identifier: Apache-2.0
"""snnTorch's neurons with parameters on the grid, and Ranvier's name for when they are reset."""

from __future__ import annotations

from typing import Any

import numpy as np
import snntorch as snn
import torch
from recording import Draw
from torch import nn


def timing(made_by: str, mechanism: str, delay: bool) -> str:
    """Return Ranvier's name of the moment at which a neuron of this class is reset."""
    if mechanism == "none":
        return "now"
    if made_by == "RSynaptic":
        delay = True  # its reset_delay=False assigns to a local variable only
    if not delay:
        return "next-surplus" if mechanism == "subtract" else "now"
    if mechanism == "zero" and made_by != "Leaky":
        return "next-update"
    return "next-membrane"


def neurons(
    d: Draw,
    made_by: str,
    shape: tuple[int, ...],
    *,
    mechanism: str = "subtract",
    delay: bool = True,
    same: bool = False,
    betas: tuple[float, ...] = (),
    one_to_one: bool = False,
    threshold: float | None = None,
    **more: Any,
) -> nn.Module:
    """Return a layer of neurons with random parameters; every reset as asked for."""
    options: dict[str, Any] = {
        "reset_mechanism": mechanism,
        "reset_delay": delay,
        "init_hidden": True,
        **more,
    }

    def decay() -> torch.Tensor:
        if same:
            return torch.full(shape, float(d.decays()))
        if betas:
            return torch.from_numpy(d.rng.choice(np.float32(betas), shape))
        return torch.from_numpy(d.decays(*shape))

    options["beta"] = decay()
    if "Synaptic" in made_by:
        options["alpha"] = decay()
    if threshold is not None:
        options["threshold"] = torch.full(shape, threshold)
    elif same:
        options["threshold"] = torch.full(shape, float(d.thresholds()))
    else:
        options["threshold"] = torch.from_numpy(d.thresholds(*shape))
    if made_by[0] == "R":
        (n,) = shape
        if one_to_one:
            options |= {"all_to_all": False, "V": torch.from_numpy(d.weights(n, mean=0.0))}
        else:
            options["linear_features"] = n
    layer = getattr(snn, made_by)(**options)
    if made_by[0] == "R" and not one_to_one:
        layer.recurrent.weight.data = torch.from_numpy(d.weights(n, n, scale=0.15, mean=-0.05))
        layer.recurrent.bias.data = torch.from_numpy(d.weights(n, scale=0.05, mean=0.02))
    return layer


class Stateful(nn.Module):
    """Gives a layer its state as arguments: all that RSynaptic(reset_delay=False) runs with."""

    def __init__(self, before: nn.Module, layer: nn.Module, after: nn.Module) -> None:
        super().__init__()
        self.before, self.layer, self.after = before, layer, after
        self.state: tuple[torch.Tensor, ...] | None = None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Advance one step, keeping the state of the layer for the next."""
        x = self.before(x)
        state = self.state if self.state is not None else (torch.zeros_like(x),) * 3
        spikes, syn, mem = self.layer(x, *state)
        self.state = spikes, syn, mem
        return self.after(spikes)
