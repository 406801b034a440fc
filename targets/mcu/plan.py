# SPDX-License-Identifier: Apache-2.0
"""A network laid out for C: which kernel runs each layer, and which memory it needs."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ranvier.ir import IntArray, Network, Population, Projection
from ranvier.targets.mcu.layouts import Layout, SubByteColumns, WovenColumns
from ranvier.targets.mcu.layouts_words import Entries, Runs

OutKind = Literal["none", "events", "counts"]
Sums = Literal["", "set", "add"]
_FAMILY = {"paired": "_dsp", "packed": "_packed", "halves": "_helium"}  # of kernels, by layout


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
    sums
        ``set`` or ``add`` where it is summed in 16 bits: the first into a synaptic state puts its
        sums there, those after it add to them.
    values_kernel
        The function that sums values in 16 bits, brought to the membrane's scale; empty where none
        does.
    """

    projection: Projection
    layout: Layout | Entries | Runs
    values: bool
    scratch: bool
    single: int = 0
    sums: Sums = ""
    values_kernel: str = ""

    @property
    def kernel(self) -> str:
        """The function that adds it up."""
        if self.values_kernel:
            return self.values_kernel
        if isinstance(self.layout, (Entries, Runs)):
            return f"rv_events_{self.sums}_{self.layout.kind}"
        if isinstance(self.layout, SubByteColumns):
            how = f"events_{self.sums}" if self.sums else f"project_{self._what}"
            return f"rv_{how}_i{self.layout.bits}{self.layout.suffix}"
        if self.sums:
            return f"rv_events_{self.sums}_i8{_FAMILY.get(self.layout.kind, '')}"
        kind = "" if self.layout.kind == "dense" else f"{self.layout.kind}_"
        kind = "single_" if self.single else kind
        width = "" if self.layout.kind == "pool" else f"_i{8 * self.layout.weight.itemsize}"
        return f"rv_project_{kind}{self._what}{width}"

    @property
    def _what(self) -> str:
        return "values" if self.values else "events"


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
    narrow
        Whether its inputs are summed in 16 bits.
    group
        Its arrays hold whole groups of so many neurons.
    few
        How it runs in a step whose input is a short list of events, where that differs.
    rests
        Steps without an event for it or a spike of its own after which it is left out, until an
        event comes; 0: never.
    stirs
        Whether it may still fire in such steps.
    """

    population: Population
    kernel: str
    word: int
    shifts: tuple[int, ...]
    out: OutKind
    history: int
    projections: tuple[ProjectionPlan, ...]
    narrow: bool = False
    group: int = 1
    few: "PopulationPlan | None" = None
    rests: int = 0
    stirs: bool = False

    @property
    def in_pairs(self) -> bool:
        """Whether its arrays are read two neurons at a time, some steps at least."""
        return self.narrow or self.few is not None

    @property
    def bias(self) -> IntArray:
        """Biases as its kernel reads them: for pairs, two to a word, the first neuron's lower."""
        bias = self.population.bias
        if self.kernel != "rv_population_i16_pairs":
            return bias
        if not bias.any():
            return np.zeros(1, np.int64)
        whole = np.zeros(self.padded, np.int64)
        whole[: self.population.size] = bias
        return (whole[1::2] << 16) + (whole[::2] & 0xFFFF)

    @property
    def padded(self) -> int:
        """Neurons that its arrays have room for."""
        return -(-self.population.size // self.group) * self.group

    @property
    def out_words(self) -> int:
        """16-bit words of one step's output."""
        size = self.population.size
        return {"none": 0, "events": 1 + size, "counts": size}[self.out]


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole network, in the order of its calls.

    Attributes
    ----------
    widths
        Values that the raw samples have, and each stage of the encoding gives.
    scan
        Raw samples are spikes as they come: the addresses of those that are not 0.
    window
        Raw samples a step.
    few
        Most events that raw counts are taken for, each as often as it counts; 0: never.
    """

    network: Network
    widths: tuple[int, ...]
    scan: bool
    window: int
    input_history: int
    populations: tuple[PopulationPlan, ...]
    few: int = 0

    @property
    def kernels(self) -> frozenset[str]:
        """What sums and advances its populations, whatever comes in."""
        ways = [w for p in self.populations for w in (p, p.few) if w is not None]
        return frozenset(k for w in ways for k in (w.kernel, *(q.kernel for q in w.projections)))

    @property
    def input_group(self) -> int:
        """How many values of the encoded input are read at a time, the most that a kernel does."""
        laid = (q.layout for p in self.populations for q in p.projections)
        return max((x.together for x in laid if isinstance(x, WovenColumns)), default=1)

    @property
    def resting(self) -> tuple[str, ...]:
        """The populations that may rest, in the order in which their quiet steps are counted."""
        return tuple(p.population.name for p in self.populations if p.rests)

    @property
    def inputs(self) -> int:
        """Encoded channels."""
        return self.widths[-1]

    @property
    def drive(self) -> int:
        """32-bit sums: the most that one population needs."""
        wide = (p for p in self.populations if not p.narrow)
        return max((p.padded * len(p.shifts) for p in wide), default=0)

    @property
    def sums(self) -> int:
        """16-bit sums, likewise."""
        narrow = (p for p in self.populations if p.in_pairs)
        return max((p.padded * len(p.shifts) for p in narrow), default=0)

    @property
    def tile(self) -> int:
        """Words in which a convolution adds up its sums, the most that one needs."""
        laid = (q.layout for p in self.populations for q in p.projections)
        return max((x.tile for x in laid if isinstance(x, Runs)), default=0)

    @property
    def scratch(self) -> int:
        """32-bit sums of the projections that are summed apart, the most that one needs."""
        apart = (p.population.size for p in self.populations for q in p.projections if q.scratch)
        return max(apart, default=0)
