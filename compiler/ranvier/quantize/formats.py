# SPDX-License-Identifier: Apache-2.0
"""What a network is quantised to."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from ranvier.errors import RanvierError
from ranvier.quantize.numerics import NUMERICS, Numerics

Rounding: TypeAlias = Literal["nearest", "compensated"]
ScaleRule: TypeAlias = Literal["row", "tensor"]

ROUNDINGS: tuple[Rounding, ...] = ("nearest", "compensated")
SCALE_RULES: tuple[ScaleRule, ...] = ("row", "tensor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Formats:
    """Word lengths and rules.

    Parameters
    ----------
    numerics
        Whose arithmetic, and with it which word lengths there are.
    weights
        Bits of a weight; None: the usual ones of the numerics.
    layers
        Bits of the weights into single layers, (name, bits) each.
    state
        Bits of a state; None: for each layer the fewest that range analysis allows.
    decay
        Bits of a decay factor; None: the most that the numerics have.
    rounding
        ``compensated``: each weight's error is taken up by the weights rounded after it;
        ``nearest``: it is not.
    rates
        Whether, beside compensated weights, thresholds are moved until neurons fire as often as at
        full precision, and readouts to their mean.
    scales
        ``row``: a scale for each neuron (each channel of a convolution); ``tensor``: one for all.
    """

    numerics: Numerics = field(default_factory=lambda: NUMERICS["native"])
    weights: int | None = None
    layers: tuple[tuple[str, int], ...] = ()
    state: int | None = None
    decay: int | None = None
    rounding: Rounding = "compensated"
    rates: bool = True
    scales: ScaleRule = "row"

    def of(self, layer: str) -> int:
        """Return the bits of the weights into a layer."""
        usual = self.numerics.word if self.weights is None else self.weights
        return dict(self.layers).get(layer, usual)

    @property
    def states(self) -> tuple[int, ...]:
        """The word lengths that a state may have, the narrowest first."""
        return self.numerics.states if self.state is None else (self.state,)

    @property
    def decay_bits(self) -> int:
        """Bits of a decay factor."""
        return self.numerics.decays[1] if self.decay is None else self.decay

    @property
    def shared(self) -> bool:
        """Whether a layer has one scale for all its neurons."""
        return self.numerics.shared or self.scales == "tensor"


def checked(formats: Formats) -> Formats:
    """Return `formats` if the numerics have every word length; Q010 where not."""
    n = formats.numerics
    said = [bits for _, bits in formats.layers]
    said += [] if formats.weights is None else [formats.weights]
    for bits in said:
        if bits not in n.weights:
            hint = f"weights have {_any_of(n.weights)} bits"
            raise _odd(n, f"{bits}-bit weights", "--weights", hint)
    if formats.state not in (None, *n.states):
        hint = f"states have {_any_of(n.states)} bits"
        raise _odd(n, f"{formats.state}-bit states", "--state", hint)
    least, most = n.decays
    if not least <= formats.decay_bits <= most:
        hint = f"decay factors have {least} to {most} bits" if least < most else "leave it out"
        raise _odd(n, f"{formats.decay}-bit decays", "--decay", hint)
    return formats


def _any_of(bits: tuple[int, ...]) -> str:
    return ", ".join(map(str, bits[:-1])) + (" or " if len(bits) > 1 else "") + str(bits[-1])


def _odd(n: Numerics, what: str, loc: str, hint: str) -> RanvierError:
    return RanvierError("Q010", f"numerics {n.name} have no {what}", loc=loc, hint=hint)
