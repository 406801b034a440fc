# SPDX-License-Identifier: Apache-2.0
"""What a network is quantised to."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Rounding: TypeAlias = Literal["nearest", "compensated"]
ScaleRule: TypeAlias = Literal["row", "tensor"]

STATE_BITS = (16, 24, 32)
WEIGHT_BITS = (2, 3, 4, 5, 6, 7, 8, 16)
ROUNDINGS: tuple[Rounding, ...] = ("nearest", "compensated")
SCALE_RULES: tuple[ScaleRule, ...] = ("row", "tensor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Formats:
    """Word lengths and rules.

    Parameters
    ----------
    weights
        Bits of a weight.
    layers
        Bits of the weights into single layers, (name, bits) each.
    state
        Bits of a state; None: for each layer the fewest that range analysis allows.
    decay
        Bits of a decay factor, 8..16.
    rounding
        ``compensated``: each weight's error is taken up by the weights rounded after it;
        ``nearest``: it is not.
    rates
        Whether, beside compensated weights, thresholds are moved until neurons fire as often as at
        full precision, and readouts to their mean.
    scales
        ``row``: a scale for each neuron (each channel of a convolution); ``tensor``: one for all.
    """

    weights: int = 8
    layers: tuple[tuple[str, int], ...] = ()
    state: int | None = None
    decay: int = 16
    rounding: Rounding = "compensated"
    rates: bool = True
    scales: ScaleRule = "row"

    def of(self, layer: str) -> int:
        """Return the bits of the weights into a layer."""
        return dict(self.layers).get(layer, self.weights)
