# SPDX-License-Identifier: Apache-2.0
"""Whole recordings through the simulated core, and what came out, neuron by neuron."""

import contextlib
import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranvier.errors import RanvierError
from ranvier.ir import IntArray, Population
from ranvier.targets.fpga import cycles
from ranvier.targets.fpga.images import Parameters
from ranvier.targets.fpga.plan import Plan

_LONG = ctypes.c_int64
_PATIENCE = 64  # times the most cycles of a step, after which the core must be stuck
_RESET = 4096  # cycles that come to it while states are cleared


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What the core did in all steps of a recording.

    Attributes
    ----------
    cycles
        From the first event until nothing came any more.
    spikes
        By population, (steps, size), 0 or 1.
    sent
        The same of the populations whose spikes are sent out.
    v, synapses
        States after the step, by population, (steps, size) and (steps, states, size).
    out
        Membranes that are handed on, (steps, size), by population.
    """

    cycles: int
    spikes: dict[str, IntArray]
    sent: dict[str, IntArray]
    v: dict[str, IntArray]
    synapses: dict[str, IntArray]
    out: dict[str, IntArray]


def events(p: Parameters, inputs: IntArray) -> NDArray[np.uint64]:
    """Return the words of a recording's events, each step's end among them.

    Parameters
    ----------
    inputs
        What the encoder gave, (steps, sources).
    """
    value_bits, address_bits = p["ValueW"], p["AddressW"]
    words = []
    for row in inputs:
        (at,) = np.nonzero(row)
        value = row[at] & ((1 << value_bits) - 1)
        words += [*((value << address_bits) | at).tolist(), 1 << (address_bits + value_bits)]
    return np.array(words, np.uint64)


class Core:
    """A simulated core that holds a plan's tables.

    Parameters
    ----------
    library
        What `ranvier.targets.fpga.verilator.library` made of `parameters`.
    folder
        Where the tables' files are, which it reads as it starts.
    coverage
        Where a library that counts coverage writes it in the end.
    """

    def __init__(
        self, library: Path, plan: Plan, p: Parameters, folder: Path, coverage: Path | None = None
    ) -> None:
        self.plan, self.parameters = plan, p
        self._limit = _PATIENCE * (sum(cycles.per_layer(plan).values()) + _RESET)
        self._coverage = coverage
        self._api = ctypes.CDLL(str(library))
        self._api.rv_sim_new.restype = ctypes.c_void_p
        self._api.rv_sim_run.restype = _LONG
        with contextlib.chdir(folder):
            self._sim = ctypes.c_void_p(self._api.rv_sim_new())
            self._api.rv_sim_reset(self._sim)

    def close(self) -> None:
        """Free the model."""
        if self._coverage is not None:
            self._api.rv_sim_coverage(self._sim, str(self._coverage).encode())
        self._api.rv_sim_delete(self._sim)

    def run(self, inputs: IntArray, stalls: int = 0) -> Run:
        """Run one recording from the reset on.

        Parameters
        ----------
        inputs
            What the encoder gave, (steps, sources).
        stalls
            0, or a seed: events then come with gaps, and outputs are made to wait.

        Raises
        ------
        RanvierError
            V003 where the core does not end the steps.
        """
        steps, plan, units = len(inputs), self.plan, self.plan.units
        given = events(self.parameters, inputs)
        groups = sum(s.groups for s in plan.swept)
        beats = groups * plan.fold
        width = plan.state_bits // 8
        firing = [q for q in plan.network.populations if q.fire is not None]
        most = sum(q.size + 1 for q in firing) * steps + 1
        seen, sent = np.zeros(most, np.uint32), np.zeros(most, np.uint32)
        reads = readouts(plan)
        values = np.zeros(sum(padded(plan, q) for q in reads) * steps + 1, np.uint32)
        after = np.zeros((steps * beats + 1, units, width), np.uint8)
        counts = (_LONG * 4)(seen.size, sent.size, values.size, len(after))
        self._api.rv_sim_reset(self._sim)
        taken = self._api.rv_sim_run(
            self._sim, _at(given), _LONG(len(given)), _LONG(steps), _LONG(self._limit * steps),
            ctypes.c_uint32(stalls), _at(seen), _at(sent), _at(values), _at(after),
            _LONG(width * units), counts,
        )  # fmt: skip
        wanted = {2: values.size - 1, 3: len(after) - 1}
        if taken < 0 or any(counts[k] != n for k, n in wanted.items()):
            raise RanvierError(
                "V003", f"the simulated core stopped: {list(counts)}", loc=plan.network.name,
                hint="report it with the network",
            )  # fmt: skip
        words = after[:-1].astype(np.int64) @ (1 << 8 * np.arange(width))
        states = _signed(words, plan.state_bits).reshape(steps, groups, plan.lanes)
        v, synapses = states_of(plan, states)
        names, address_bits = [q.name for q in firing], self.parameters["AddressW"]
        return Run(
            cycles=taken,
            spikes=spikes_of(plan, address_bits, seen[: counts[0]], names, steps),
            sent=spikes_of(plan, address_bits, sent[: counts[1]], emitted(plan), steps),
            v=v,
            synapses=synapses,
            out=out_of(plan, _signed(values[:-1].astype(np.int64), plan.state_bits), steps),
        )


def _at(array: NDArray[np.generic]) -> ctypes.c_void_p:
    return array.ctypes.data_as(ctypes.c_void_p)


def _signed(words: IntArray, bits: int) -> IntArray:
    return np.asarray(words - ((words >> (bits - 1)) << bits), np.int64)


def emitted(plan: Plan) -> list[str]:
    """Return the populations whose spikes leave the core."""
    found = (q.name for q in plan.network.populations if q.fire is not None)
    return [name for name in found if name in plan.network.decode.sources]


def readouts(plan: Plan) -> list[Population]:
    """Return the populations whose membranes leave the core."""
    found = (q for q in plan.network.populations if q.fire is None)
    return [q for q in found if q.name in plan.network.decode.sources]


def padded(plan: Plan, p: Population) -> int:
    """Return how many lanes a sweep over a population has."""
    return plan.lanes * next(s.groups for s in plan.swept if s.population == p.name)


def spikes_of(
    plan: Plan, address_bits: int, words: NDArray[np.integer[Any]], names: list[str], steps: int
) -> dict[str, IntArray]:
    """Return the spikes of populations, which follow each other in each step, (steps, size).

    Parameters
    ----------
    words
        Of all steps: addresses, and after each population's a word with the bit above them set.

    Raises
    ------
    RanvierError
        V003 where the core does not end the steps.
    """
    sizes = {name: padded(plan, plan.network.population(name)) for name in names}
    found = {name: np.zeros((steps, size), np.int64) for name, size in sizes.items()}
    ends = np.flatnonzero(words >> address_bits)
    if len(ends) != steps * len(names):
        raise RanvierError(
            "V003", f"{len(ends)} ends of {steps * len(names)} populations' steps came",
            loc=plan.network.name, hint="report it with the network",
        )  # fmt: skip
    start = 0
    for k, end in enumerate(ends.tolist()):
        np.add.at(found[names[k % len(names)]][k // len(names)], words[start:end], 1)
        start = end + 1
    for name, counts in found.items():
        of_neurons = counts[:, plan.places[name]]
        if of_neurons.sum() != counts.sum():
            raise RanvierError(
                "V003", f"neurons spike that {name} does not have", loc=plan.network.name,
                hint="report it with the network",
            )  # fmt: skip
        found[name] = of_neurons
    return found


def _swept(plan: Plan, states: IntArray) -> Iterator[tuple[str, int | None, bool, IntArray]]:
    at = 0
    for s in plan.swept:
        block = states[:, at : at + s.groups].reshape(len(states), -1)
        yield s.population, s.synapse, s.part, block[:, plan.places[s.population]]
        at += s.groups


def states_of(plan: Plan, states: IntArray) -> tuple[dict[str, IntArray], dict[str, IntArray]]:
    """Return membranes and synaptic states by population.

    Parameters
    ----------
    states
        As the core's sweeps show them, (steps, groups, lanes).
    """
    membranes, kept = {}, dict[str, list[IntArray]]()
    for name, synapse, part, block in _swept(plan, states):
        if synapse is None:
            membranes[name] = block
        elif not part:
            kept.setdefault(name, []).append(block)
    return membranes, {name: np.stack(blocks, 1) for name, blocks in kept.items()}


def out_of(plan: Plan, values: IntArray, steps: int) -> dict[str, IntArray]:
    """Return the membranes that leave the core, (steps, size), of all that came in all steps."""
    rows, at, found = values.reshape(steps, -1), 0, {}
    for q in readouts(plan):
        found[q.name] = rows[:, at + plan.places[q.name]]
        at += padded(plan, q)
    return found
