# SPDX-License-Identifier: Apache-2.0
"""A network laid out for C: which kernel runs each layer, and which memory it needs."""

from dataclasses import dataclass
from typing import Literal

from ranvier.ir import Network, Population, Projection
from ranvier.targets.mcu.layouts import Layout

OutKind = Literal["none", "events", "counts"]


@dataclass(frozen=True, slots=True)
class ProjectionPlan:
    """One projection.

    Attributes
    ----------
    layout
        What it reads from ROM.
    values
        Whether its source hands on a value a neuron, and not the addresses of those that fired.
    scratch
        Whether it is summed apart, because its shift differs from its synapse's.
    single
        Bits of the synaptic state to which its events are added one by one; 0 where they are not.
    """

    projection: Projection
    layout: Layout
    values: bool
    scratch: bool
    single: int = 0

    @property
    def kernel(self) -> str:
        """The function that adds it up."""
        kind = "" if self.layout.kind == "dense" else f"{self.layout.kind}_"
        kind = "single_" if self.single else kind
        what = "values" if self.values else "events"
        width = "" if self.layout.kind == "pool" else f"_i{8 * self.layout.weight.itemsize}"
        return f"rv_project_{kind}{what}{width}"


@dataclass(frozen=True, slots=True)
class PopulationPlan:
    """One population.

    Attributes
    ----------
    kernel
        The function that advances it.
    word
        Bits of a stored state in memory, 16 or 32.
    shifts
        Shift of each synapse's drive (of the only one, where there are no synaptic states).
    out
        What it hands on.
    history
        Past steps it must keep for projections with a delay.
    """

    population: Population
    kernel: str
    word: int
    shifts: tuple[int, ...]
    out: OutKind
    history: int
    projections: tuple[ProjectionPlan, ...]

    @property
    def out_words(self) -> int:
        """16-bit words of one step's output."""
        size = self.population.size
        return {"none": 0, "events": 1 + size, "counts": size}[self.out]


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole network, in the order of its calls."""

    network: Network
    inputs: int  # encoded channels
    window: int  # raw samples a step
    input_history: int
    populations: tuple[PopulationPlan, ...]
    drive: int  # 32-bit accumulators, the most that one population needs
    scratch: int  # and the most that one projection sums apart
