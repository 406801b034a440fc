# SPDX-License-Identifier: Apache-2.0
"""PyTorch layers with weights on the grid."""

from __future__ import annotations

from typing import Any

import torch
from recording import Draw
from torch import nn


def dense(d: Draw, inputs: int, outputs: int, bias: bool, **scale: float) -> nn.Linear:
    """Return a Linear; `scale` and `mean` are of its weights."""
    layer = nn.Linear(inputs, outputs, bias=bias)
    layer.weight.data = torch.from_numpy(d.weights(outputs, inputs, **scale))
    if bias:
        layer.bias.data = torch.from_numpy(d.weights(outputs, scale=0.05, mean=0.02))
    return layer


def conv(
    d: Draw,
    inputs: int,
    outputs: int,
    kernel: int,
    scale: float = 0.3,
    mean: float = 0.05,
    **options: Any,
) -> nn.Conv2d:
    """Return a Conv2d; `scale` and `mean` are of its weights."""
    layer = nn.Conv2d(inputs, outputs, kernel, **options)
    layer.weight.data = torch.from_numpy(d.weights(*layer.weight.shape, scale=scale, mean=mean))
    if layer.bias is not None:
        layer.bias.data = torch.from_numpy(d.weights(outputs, scale=0.05, mean=0.02))
    return layer
