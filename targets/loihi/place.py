# SPDX-License-Identifier: Apache-2.0
"""Which core each neuron lies on, what of it is used, and what limits that.

A layer is cut into runs of neurons, each on a core of its own: as few as its neurons, the axons
that reach them, the bits of their synapses and the axons that leave them allow. Bits and axons are
counted as nengo-loihi counts them (block.py): an axon for each source neuron that a group of
synapses hears, on each core; for each axon blocks of at most 64 synapses of

    n * (weight + delay + index bits) + 10

bits, rounded up to 64, without an index where the axon reaches every neuron of the core. A
convolution is counted as the synapses that it stands for.
"""

from dataclasses import dataclass

import numpy as np

from ranvier.errors import RanvierError
from ranvier.ir import IntArray
from ranvier.targets.loihi.plan import Layer, Plan, Synapse

BLOCK = 64  # synapses, and bits of a unit of memory
_HEADER = 10
_INDEX_BITS = (0, 6, 7, 8, 9, 10, 11, 12)
_WEIGHT_BITS = (1, 2, 3, 4, 5, 6, 8)
STATE_BYTES = 6  # of a neuron: its current and its membrane


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """Neurons `first` .. `first + neurons - 1` of a layer, and what they take of their core."""

    core: int
    layer: str
    first: int
    neurons: int
    in_axons: int
    out_axons: int
    synapses: int
    synapse_bits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where everything lies.

    Attributes
    ----------
    limit
        Which limit is nearest, in words.
    """

    cores: tuple[Core, ...]
    limit: str


def place(plan: Plan) -> Placement:
    """Lay the network out on the cores of its chip.

    Raises
    ------
    RanvierError
        K005 where a chip doesn't hold it; it says what is too much.
    """
    reach = {s.name: s.matrix for s in plan.synapses}
    parts = {x.name: _least(plan, x) for x in plan.layers}
    while True:
        found = _cut(plan, reach, parts)
        late = next((c for c in found if _over(plan, c)), None)
        if late is None:
            break
        if parts[late.layer] >= plan.layer(late.layer).size:
            raise _too_much(plan, f"neuron {late.first} of {late.layer} alone", _over(plan, late))
        parts[late.layer] += 1
    _check_chip(plan, found)
    return Placement(cores=tuple(found), limit=_nearest(plan, found))


def _least(plan: Plan, layer: Layer) -> int:
    """Return the cores that a layer needs for its neurons."""
    return -(-layer.size // core_neurons(plan))


def core_neurons(plan: Plan) -> int:
    """Return the neurons that a core takes: where nobody says, its part of the chip's."""
    if plan.chip.core_neurons is not None:
        return plan.chip.core_neurons.value
    assert plan.chip.neurons is not None
    return plan.chip.neurons.value // plan.chip.cores.value


def _cut(plan: Plan, reach: dict[str, np.ndarray], parts: dict[str, int]) -> list[Core]:
    runs = [
        (x, run) for x in plan.layers for run in np.array_split(np.arange(x.size), parts[x.name])
    ]
    found = []
    for number, (layer, run) in enumerate(runs):
        into = [(s, reach[s.name][run]) for s in plan.synapses if s.target == layer.name]
        leave = sum(
            int(reach[s.name][there][:, run].any(axis=0).sum())
            for s in plan.synapses
            if s.source == layer.name
            for target, there in runs
            if target.name == s.target
        )
        found.append(
            Core(
                core=number,
                layer=layer.name,
                first=int(run[0]),
                neurons=len(run),
                in_axons=sum(int(there.any(axis=0).sum()) for _, there in into),
                out_axons=leave,
                synapses=sum(int(there.sum()) for _, there in into),
                synapse_bits=sum(_bits(s, there.sum(axis=0), len(run)) for s, there in into),
            )
        )
    return found


def _bits(s: Synapse, fanout: IntArray, neurons: int) -> int:
    """Return the memory of one group of synapses on one core, `fanout` of each of its axons."""
    weight = next(b for b in _WEIGHT_BITS if b >= min(s.bits, _WEIGHT_BITS[-1]))
    index = next(b for b in _INDEX_BITS if b >= (neurons - 1).bit_length())
    each = weight + s.delay.bit_length() + np.where(fanout == neurons, 0, index)
    blocks, rest = fanout // BLOCK, fanout % BLOCK
    full = blocks * _units(BLOCK * each + _HEADER)
    return int((full + np.where(rest > 0, _units(rest * each + _HEADER), 0)).sum())


def _units(bits: IntArray) -> IntArray:
    return -(-bits // BLOCK) * BLOCK


def _over(plan: Plan, c: Core) -> str:
    """Say what a core has too much of; empty where nothing."""
    for name, used, most in _shares(plan, c):
        if used > most:
            return f"{used} {name} on a core, which has {most}"
    return ""


def _shares(plan: Plan, c: Core) -> list[tuple[str, int, int]]:
    chip = plan.chip
    every = (
        ("input axons", c.in_axons, chip.core_in_axons),
        ("output axons", c.out_axons, chip.core_out_axons),
        ("bits of synapses", c.synapse_bits, chip.core_synapse_bits),
    )
    known = [(name, used, x.value) for name, used, x in every if x is not None]
    return [("neurons", c.neurons, core_neurons(plan)), *known]


def _check_chip(plan: Plan, found: list[Core]) -> None:
    chip = plan.chip
    for name, used, limit in (
        ("cores", len(found), chip.cores),
        ("neurons", sum(c.neurons for c in found), chip.neurons),
        ("synapses", sum(c.synapses for c in found), chip.synapses),
    ):
        if limit is not None and used > limit.value:
            there = f"{used} {name}, of which a chip has {limit.value}"
            raise _too_much(plan, "the network", there)


def _too_much(plan: Plan, who: str, what: str) -> RanvierError:
    return RanvierError(
        "K005", f"{who} takes {what}", loc=f"{plan.network.name} on {plan.chip.name}",
        hint="a smaller network, or fewer connections; Ranvier uses one chip",
    )  # fmt: skip


def _nearest(plan: Plan, found: list[Core]) -> str:
    """Return the limit that is used the most."""
    every = [
        (used / most, f"{name}: {used} of {most} on core {c.core}")
        for c in found
        for name, used, most in _shares(plan, c)
    ]
    every.append(
        (len(found) / plan.chip.cores.value, f"cores: {len(found)} of {plan.chip.cores.value}")
    )
    return max(every, key=lambda x: x[0])[1]
