# SPDX-License-Identifier: Apache-2.0
"""What an event takes in instructions, by layout and family of kernels, to choose between layouts.

The figures are counts of emulated cores, rounded; `tests/emulated/test_costs.py` holds them to what
a core of each family takes. Those of `packed` lie between those of a Cortex-M3 and of RV32IMC.
"""

from dataclasses import dataclass, replace
from typing import Literal

from ranvier import connections
from ranvier.ir import Conv, Dense, Sparse
from ranvier.targets.mcu.cores import Family
from ranvier.targets.mcu.layouts import (
    Columns,
    PairedColumns,
    SparseColumns,
    SubByteColumns,
    Windows,
    columns,
)
from ranvier.targets.mcu.layouts_words import Entries, Runs, entries, runs
from ranvier.targets.mcu.plan import ProjectionPlan
from ranvier.targets.mcu.subbyte import Bits, smallest

MOST_ROM = 2  # a layout that is faster may take so many times the bytes of the smallest
MOST_TIME = 1.5  # and one of a few bits a weight so many times the instructions of one of bytes


@dataclass(frozen=True, slots=True)
class EventCost:
    """Instructions of an event, and of each of its additions."""

    event: float
    addition: float


# Four or more events in a step, 64 targets, 8-bit weights, 16-bit sums where the family has them.
DENSE: dict[Family, EventCost] = {
    "portable": EventCost(10, 5.8),
    "packed": EventCost(5, 2.8),
    "thumb1": EventCost(10, 4.1),
    "dsp": EventCost(5, 0.8),
    "helium": EventCost(3, 0.3),
}
# The same with weights of 4 and of 2 bits, eight events in a step.
SUB_BYTE: dict[Family, dict[Bits, EventCost]] = {
    "portable": {4: EventCost(10, 7.2), 2: EventCost(10, 6.2)},
    "packed": {4: EventCost(5, 1.7), 2: EventCost(5, 1.6)},
    "thumb1": {4: EventCost(10, 2.1), 2: EventCost(10, 2.2)},
    "dsp": {4: EventCost(5, 0.74), 2: EventCost(5, 0.62)},
    "helium": {4: EventCost(3, 0.32), 2: EventCost(3, 0.28)},
}
# A lone event, by the bits of its weights.
LONE: dict[Family, dict[Literal[2, 4, 8], EventCost]] = {
    "portable": {8: EventCost(10, 5.8), 4: EventCost(10, 7.2), 2: EventCost(10, 6.2)},
    "packed": {8: EventCost(15, 3.6), 4: EventCost(15, 3.3), 2: EventCost(15, 3.2)},
    "thumb1": {8: EventCost(20, 4.2), 4: EventCost(20, 3.5), 2: EventCost(20, 3.2)},
    "dsp": {8: EventCost(16, 1.0), 4: EventCost(18, 1.06), 2: EventCost(18, 1.06)},
    "helium": {8: EventCost(15, 0.34), 4: EventCost(15, 0.44), 2: EventCost(15, 0.44)},
}
# Eight events again, entries of words (rv_events_set_entries), what sets 64 sums to 0 in the event.
SPARSE: dict[Family, EventCost] = {
    "portable": EventCost(18, 7.0),
    "packed": EventCost(21, 5.4),
    "thumb1": EventCost(20, 5.2),
    "dsp": EventCost(15, 4.4),
    "helium": EventCost(15, 4.4),
}

# A neuron's update; the most usual rules of 16-bit states, all others.
NEURON: dict[Family, float] = {
    "portable": 12,
    "packed": 11.5,
    "thumb1": 14.5,
    "dsp": 7.2,
    "helium": 2.5,
}
OTHER_NEURON = 25.0
PAIR_NEURON = 10.0  # two at a time, of the usual rules with a bias or that reset otherwise
CALLS = 40.0  # of a layer's kernels, with what they do before and after their loops
QUIET = 9.0  # a layer's question whether it may rest


def neuron(kernel: str, family: Family) -> float:
    """Return the instructions of a neuron's update."""
    if kernel == "rv_population_i16_pairs":
        return PAIR_NEURON
    return NEURON[family] if kernel.startswith("rv_lif_i16_") else OTHER_NEURON


def faster(q: ProjectionPlan, family: Family) -> ProjectionPlan:
    """Return `q` as dense columns where these take fewer instructions and not too many bytes."""
    laid = q.layout
    if not isinstance(laid, SparseColumns):
        return q
    rom, time = matrix(q, family)
    if rom > MOST_ROM * laid.rom or time >= sparse(laid, family):
        return q
    whole = columns(q.projection.connection, q.projection.bits)
    return replace(q, layout=whole)


def matrix(q: ProjectionPlan, family: Family) -> tuple[int, float]:
    """Return the bytes of a projection as a matrix, and the instructions of an event through it."""
    small = smallest(q.projection.connection)
    if small is not None:
        return small.rom, time_of(small, family)
    whole = columns(q.projection.connection, q.projection.bits)
    return whole.rom, dense(whole, family)


def words_of(q: ProjectionPlan) -> Entries | Runs | None:
    """Return a layout for events of a convolution or of sparse columns into 16-bit sums, or None.

    It is taken wherever there is one, though larger: by at most four times the weights of a
    convolution, which are few, and for sparse columns by the words that fill up pairs.
    """
    match q.layout, q.projection.connection:
        case SparseColumns(), Sparse() as s:
            return entries(s)
        case SparseColumns(), Dense() as d:
            return entries(connections.entries(d.weight))
        case Windows(kind="conv"), Conv() as c:
            return runs(c)
        case _:
            return None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Weights of a few bits and those of a byte: the former's figure first.

    Attributes
    ----------
    rom
        Bytes.
    many
        Instructions of an event of several in a step.
    alone
        The same of a lone event.
    """

    rom: tuple[int, int]
    many: tuple[float, float]
    alone: tuple[float, float]

    @property
    def saves(self) -> bool:
        """Whether a few bits take less ROM."""
        return self.rom[0] < self.rom[1]

    @property
    def quick(self) -> bool:
        """Whether neither kind of event takes more than `MOST_TIME` times the instructions."""
        return all(few <= MOST_TIME * whole for few, whole in (self.many, self.alone))


def compared(small: SubByteColumns, laid: Columns | PairedColumns, family: Family) -> Comparison:
    """Compare weights of a few bits with `laid`."""
    family = family if small.suffix else "portable"
    lone = LONE[family]
    many, alone = columns_time(laid, family)
    return Comparison(
        rom=(small.rom, laid.rom),
        many=(time_of(small, family), many),
        alone=(_total(lone[small.bits], small.targets), alone),
    )


def _total(cost: EventCost, targets: int) -> float:
    return cost.event + cost.addition * targets


def dense(laid: Columns | PairedColumns, family: Family) -> float:
    """Return the instructions of an event through weights of a byte, of several in a step."""
    cost = DENSE[family]
    return cost.event + cost.addition * int(laid.weight.shape[1])


def columns_time(laid: Columns | PairedColumns, family: Family) -> tuple[float, float]:
    """Return the instructions of an event through a matrix of bytes: of several, and alone."""
    family = "portable" if isinstance(laid, Columns) else family
    alone = _total(LONE[family][8], int(laid.weight.shape[1]))
    return dense(laid, family), alone


def time_of(laid: SubByteColumns, family: Family) -> float:
    """Return the instructions of an event through weights of a few bits."""
    cost = SUB_BYTE[family][laid.bits]
    return cost.event + cost.addition * laid.targets


def sparse(laid: SparseColumns, family: Family) -> float:
    """Return the instructions of an event through entries of words."""
    cost = SPARSE[family]
    return cost.event + cost.addition * laid.weight.size / (laid.offsets.size - 1)
