# SPDX-License-Identifier: Apache-2.0
"""What a network is quantised to."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from ranvier.errors import RanvierError
from ranvier.quantize.decay import LEAST_BITS, MOST_BITS

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


def checked(formats: Formats) -> Formats:
    """Return `formats` if every word length is one that networks have; Q010 where not."""
    said = (formats.weights, *(bits for _, bits in formats.layers))
    odd = [bits for bits in said if bits not in WEIGHT_BITS]
    if odd or formats.state not in (None, *STATE_BITS):
        raise RanvierError(
            "Q010",
            f"{(odd or said)[0]}-bit weights with {formats.state or 16}-bit states",
            loc="--weights/--state",
            hint="weights have 2 to 8 or 16 bits, states 16, 24 or 32",
        )
    if not LEAST_BITS <= formats.decay <= MOST_BITS:
        raise RanvierError(
            "Q010",
            f"{formats.decay}-bit decays",
            loc="--decay",
            hint=f"decay factors have {LEAST_BITS} to {MOST_BITS} bits",
        )
    return formats
