# SPDX-License-Identifier: Apache-2.0
"""A network laid out for the core of `hdl/rtl`: its layer table, its memories, its parameters."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ranvier.ir import IntArray, Network

Leak = Literal["multiply", "shift"]
LEAKS: tuple[Leak, ...] = ("multiply", "shift")
FOLDS = (1, 2, 4)
FACTOR_BITS = 16  # of a decay's factor, with its sign; and of the fraction that it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the layer table, by the names of the fields of ``hdl/rtl/rv_sequencer.v``.

    Attributes
    ----------
    op
        ``sum``: what a source brings to a population's sums. ``take``: the input's events go to
        the event memory. ``sweep``: over a population's neurons or synaptic states.
    base, groups
        The sums' rows; a group is a row of all lanes.
    to
        First row that a sweep writes.
    list, delay
        Offset of a source's list among those of a step, in the event memory; steps ago.
    weight, stride
        Row of the weight memory of source 0 and the first group; rows from group to group.
    left
        Bits by which an event's value is shifted.
    clear
        Of a sweep: the sums become 0, whatever they were.
    factor, bare, round
        Of a sweep: what is written is ``v + (v * factor >> 16)``, or where it is `bare`
        ``v * factor >> 16``, rounded down or up.
    add
        Of a sweep: what is written is the sum at `to` and ``v * factor``.
    shared
        Of a sum: the source's weights are shared. Each event has a window of groups: that of
        `windows` that its address says, after the first `window`, or where not `single` that of its
        group of lanes. A window's rows are `to` groups and `weight` rows of weights apart.
    events, beats
        Of a sum: how many events may come, and the groups that all of them reach.
    strict, subtract
        Neurons fire above their threshold only; what they fire with is taken off.
    """

    op: Literal["sum", "take", "sweep"]
    base: int = 0
    groups: int = 1
    to: int = 0
    list: int = 0
    delay: int = 0
    weight: int = 0
    stride: int = 0
    left: int = 0
    input: bool = False
    one: bool = False
    fire: bool = False
    store: bool = False
    emit: bool = False
    read: bool = False
    clear: bool = False
    add: bool = False
    factor: int = 0
    bare: bool = False
    round: bool = False
    shared: bool = False
    single: bool = False
    window: int = 0
    events: int = 0
    beats: int = 0
    strict: bool = False
    subtract: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Weights of a connection as the memory holds them.

    Attributes
    ----------
    weight
        (groups, sources, lanes): a row for each group of targets and each source.
    row
        Where the first lies.
    """

    weight: IntArray
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What a sweep shows: a population's membranes, or one of its synaptic states.

    Attributes
    ----------
    synapse
        Which, or None for the membranes.
    part
        Whether it is the state itself, or the part of it that is about to be added to membranes.
    """

    population: str
    synapse: int | None
    base: int
    groups: int
    part: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a convolution or a pooling takes.

    Attributes
    ----------
    kind
        ``conv`` or ``pool``.
    rows, unrolled
        Rows of the weight memory that it takes, and that it would take as the matrix it stands for.
    windows
        Rows of the memory of windows.
    why
        It is laid out like that.
    """

    source: str
    target: str
    kind: str
    shared: bool
    rows: int
    unrolled: int
    windows: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The whole.

    Attributes
    ----------
    lanes, weight_bits, state_bits
        Of the core that it is for.
    sum_bits, fraction
        Bits of a sum, and how many of them are below a unit of the state.
    groups
        Rows of sums, and of thresholds.
    threshold
        (groups, lanes); lanes without a neuron never fire.
    places
        The core's number of each neuron, by population: what spikes say, and where states lie.
    windows
        (windows, 4): first group, first row of weights, groups of a row, rows.
    taken
        What convolutions and poolings take, in the order of the projections.
    list_words
        Words of the event memory that a step takes, and `slots`, the steps that it holds.
    value_bits
        Of an event; 0 where each counts one.
    reset_value
        What membranes become where the threshold isn't taken off.
    fold
        Beats in which a sweep passes a group, so that lanes / fold neurons are updated at a time;
        what events bring is still added in all lanes at once.
    leak
        Whether decays and gains are multiplications or, each a power of two, shifts.
    """

    network: Network
    lanes: int
    weight_bits: int
    state_bits: int
    sum_bits: int
    fraction: int
    groups: int
    rows: tuple[Row, ...]
    blocks: tuple[Block, ...]
    threshold: NDArray[np.int64]
    swept: tuple[Swept, ...]
    places: Mapping[str, IntArray]
    windows: IntArray
    taken: tuple[Taken, ...]
    list_words: int
    slots: int
    value_bits: int
    reset_value: int
    fold: int = 1
    leak: Leak = "multiply"

    @property
    def units(self) -> int:
        """Neurons that a sweep updates at a time."""
        return self.lanes // self.fold

    @property
    def adds(self) -> bool:
        """Whether events are added by adders of their own, which know no values but 1."""
        return self.fold > 1 or self.leak == "shift"

    @property
    def weight_rows(self) -> int:
        """Rows of the weight memory, of a weight a lane."""
        return sum(b.weight.shape[0] * b.weight.shape[1] for b in self.blocks)
