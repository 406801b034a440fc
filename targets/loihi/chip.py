# SPDX-License-Identifier: Apache-2.0
"""The chips as data: what each number may be, what a core holds, and who says so."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from ranvier.targets.board_file import parse, unknown

NAMES = ("loihi1", "loihi2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A number that something on the chip may not pass, and where it was read."""

    value: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """One generation of Loihi; what nobody published is missing, and not checked.

    Attributes
    ----------
    cores
        Of neurons, on one chip.
    neurons, synapses
        On one chip.
    core_neurons, core_in_axons, core_out_axons, core_synapse_bits
        On one core.
    delay
        The most steps that a synapse may add to a hop.
    message_bits
        Of the number that a spike carries; 0: a spike carries none.
    threshold_bits, bias_bits, bias_exponent, least_exponent, most_exponent
        Bits of the mantissa of thresholds, and of biases, sign included; the most that a bias is
        shifted by, and what weights may be shifted by.
    """

    name: str
    describes: str
    cores: Limit
    threshold_bits: Limit
    bias_bits: Limit
    bias_exponent: Limit
    least_exponent: Limit
    most_exponent: Limit
    delay: Limit
    message_bits: Limit
    neurons: Limit | None = None
    synapses: Limit | None = None
    core_neurons: Limit | None = None
    core_in_axons: Limit | None = None
    core_out_axons: Limit | None = None
    core_synapse_bits: Limit | None = None

    @property
    def family(self) -> Literal["loihi"]:
        """Whose way of being compiled and verified it has."""
        return "loihi"

    @property
    def limits(self) -> dict[str, Limit]:
        """What is known, by name."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return {name: x for name, x in found.items() if isinstance(x, Limit)}


@cache
def chip(name: str) -> Chip:
    """Return the chip called `name`.

    Raises
    ------
    RanvierError
        B001 for a name that is not known.
    """
    if name not in NAMES:
        raise unknown("chip", name, NAMES)
    file = f"chips/{name}.toml"
    return parse(Chip, files("ranvier.targets.loihi").joinpath(file).read_text("utf-8"), file)
