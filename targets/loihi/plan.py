# SPDX-License-Identifier: Apache-2.0
"""A network laid out as what Loihi has: groups of neurons, and synapses between them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranvier import connections
from ranvier.ir import Conv, IntArray, Network
from ranvier.targets.loihi.chip import Chip


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A port that the host sends spikes to in each step.

    Attributes
    ----------
    bit
        Of the encoded input, two's complement, that the port carries; None: the number itself.
    negative
        Whether that bit counts negative.
    message_bits
        Of the numbers it carries, sign included; 0: they are 0 or 1.
    """

    name: str
    size: int
    bit: int | None = None
    negative: bool = False
    message_bits: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """Neurons of one population that share all that Loihi keeps once for many.

    Attributes
    ----------
    neurons
        Which neurons of the population these are, (size,), ascending.
    lag
        Steps that they are behind the input: one for each hop at least.
    du, dv, vth
        As registers hold them; `vth` is the threshold in steps of 64.
    fires
        Whether the population does; else `vth` is the most there is, and nothing may reach it.
    bias
        Mantissas, (size,).
    bias_exponent
        What they are shifted left by.
    """

    name: str
    population: str
    neurons: IntArray
    lag: int
    du: int
    dv: int
    vth: int
    fires: bool
    bias: IntArray
    bias_exponent: int

    @property
    def size(self) -> int:
        """How many neurons these are."""
        return len(self.neurons)


@dataclass(frozen=True, slots=True, kw_only=True)
class Synapse:
    """Synapses from one input or layer to one layer that share their format.

    Attributes
    ----------
    weights
        As the chip takes them: (targets, sources), or of `conv` (out, in / groups, h, w).
    exponent
        What their sum is shifted left by, or right where negative, before the chip's own 6 bits.
    bits
        Of a weight; where both signs occur, with one for the sign.
    delay
        Steps beside the one of the hop.
    message_bits
        As of `Input`; 0 between layers.
    conv
        The convolution whose weights these are; None: a matrix.
    """

    name: str
    source: str
    target: str
    weights: IntArray
    exponent: int
    bits: int
    delay: int
    message_bits: int
    conv: Conv | None = None

    @property
    def matrix(self) -> NDArray[np.bool_]:
        """Where there is a synapse, (targets, sources)."""
        if self.conv is None:
            return np.asarray(self.weights != 0)
        return np.asarray(connections.matrix(self.conv) != 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is emitted.

    Attributes
    ----------
    unproved
        What the arithmetic can reach where chip and golden model would part; equality holds
        while recordings do not, which `verify` sees.
    """

    network: Network
    chip: Chip
    inputs: tuple[Input, ...]
    layers: tuple[Layer, ...]
    synapses: tuple[Synapse, ...]
    unproved: tuple[str, ...]

    def layer(self, name: str) -> Layer:
        """Return the layer called `name`."""
        return next(x for x in self.layers if x.name == name)

    def of(self, population: str) -> tuple[Layer, ...]:
        """Return the layers of a population."""
        return tuple(x for x in self.layers if x.population == population)
