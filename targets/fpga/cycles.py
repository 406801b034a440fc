# SPDX-License-Identifier: Apache-2.0
"""The most clock cycles that a step can take, of `hdl/rtl/rv_sequencer.v`'s walk over the table."""

from collections.abc import Mapping

from ranvier import bounds
from ranvier.targets.fpga.plan import Plan, Row

_EVENT = 4  # cycles from one event of a population to the next, that sums are read after a write
_ROW = 9  # from a row's last beat to the next row's first: drain, and the event memory's answer


def per_layer(plan: Plan) -> dict[str, int]:
    """Return the most cycles of a step for what writes to each population, in order.

    Every source fires every neuron, events are there when they are read, and all that comes out is
    taken at once; what the host lets wait is added.
    """
    owner = _owners(plan)
    found = {p.name: 0 for p in plan.network.populations}
    for row in plan.rows:
        if row.clear:
            continue  # it runs once, after the reset
        first = plan.network.populations[0].name  # what takes the input's events
        name = (
            first
            if row.op == "take"
            else owner.get(row.base if row.op == "sum" else row.to) or owner[row.base]
        )
        found[name] += _ROW + (_sweep(plan, row, name) if row.op == "sweep" else _sum(plan, row))
    return found


def _owners(plan: Plan) -> Mapping[int, str]:
    """Return which population a row of sums belongs to."""
    return {
        group: s.population
        for s in plan.swept
        for group in range(s.base, s.base + s.groups)
    }  # fmt: skip


def _sum(plan: Plan, row: Row) -> int:
    """Return the cycles of all events that a source can bring."""
    if row.op == "take":
        return 1 + int(bounds.encoding_intervals(plan.network.encoding)[-1].low.size)
    if row.shared:  # what one event writes isn't read by the next before it is there
        return 1 + row.beats + row.events * (_EVENT - 1)
    return 1 + row.events * max(row.groups, _EVENT)


def _sweep(plan: Plan, row: Row, name: str) -> int:
    """Return the cycles of a sweep and of handing on what comes of it."""
    beats = groups = row.groups * plan.fold
    if row.add:
        beats = 2 * (groups + 1)  # two beats, two pauses
    if row.read:
        beats = 2 * row.groups * plan.lanes  # a lane a cycle, and as long until the last is taken
    handed = plan.network.population(name).size + groups if row.fire else 0
    return beats + handed


def operations(plan: Plan) -> int:
    """Return the most synaptic operations of a step: a weight that is added."""
    owner = _owners(plan)
    return sum(
        row.beats * plan.network.population(owner[row.base]).size // row.groups
        for row in plan.rows
        if row.op == "sum" and not row.one
    )
