# SPDX-License-Identifier: Apache-2.0
"""Says after how many quiet steps a layer has come to rest, so that it need not be run.

A step is quiet if no event reaches the layer and none of its neurons fires. Every decay D maps
states monotonically, and v - D(v) does not fall as v grows; saturations and bounds keep both. So
what the ends of a state's word become in some quiet steps encloses what any state has become; and
once these ends stay where they are, they are the least and the greatest state that stays, as all
that lies between them does too: another quiet step changes nothing, and no neuron fires in it.
"""

from dataclasses import replace

import numpy as np

from ranvier.bounds import shifted
from ranvier.ir import IntArray, Population
from ranvier.qformat import int_max, int_min
from ranvier.targets.mcu.cores import Family
from ranvier.targets.mcu.costs import CALLS, QUIET, neuron
from ranvier.targets.mcu.plan import Plan, PopulationPlan
from ranvier.update import State, step

MOST_STEPS = 4096  # nobody waits for slower layers; their count must stay in 16 bits too
SHARE = 0.08
SELDOM = 0.2  # as much of that for layers behind analog values


def resting(plan: Plan, family: Family, share: float = SHARE) -> Plan:
    """Return `plan` with layers that are left out while they rest; exact.

    Parameters
    ----------
    share
        Of what a quiet step of a layer takes, the most that may be spent on finding it quiet.
    """
    driven = _driven(plan)

    def one(p: PopulationPlan) -> PopulationPlan:
        return _resting(p, family, share * SELDOM if p.population.name in driven else share)

    return replace(plan, populations=tuple(map(one, plan.populations)))


def _driven(plan: Plan) -> set[str]:
    """Return the layers that values reach in every step, be it through others: they seldom rest."""
    found: set[str] = set()
    for _ in plan.populations:
        for p in plan.populations:
            if any(q.values or q.projection.source in found for q in p.projections):
                found.add(p.population.name)
    return found


def _resting(p: PopulationPlan, family: Family, share: float) -> PopulationPlan:
    taken = CALLS + p.population.size * neuron(p.kernel, family)
    if not _by_events(p) or share * taken < QUIET:
        return p
    stirs = p.out == "events" and may_fire(p.population)
    return replace(p, rests=settled(p.population) or 0, stirs=stirs)


def _by_events(p: PopulationPlan) -> bool:
    """Tell whether lists say what reaches a layer, and which of its neurons fired."""
    return (
        p.few is None
        and p.out != "counts"
        and bool(p.projections)
        and not any(q.values for q in p.projections)
    )


def settled(p: Population) -> int | None:
    """Return how many quiet steps bring any state of `p` to rest; None: too many, or who knows.

    The first of them may still do a late reset; after it, no membrane is above its threshold.
    """
    if p.reset.timing == "next-surplus" and p.reset.kind != "none" and p.fire is not None:
        return None  # may be due again without having fired
    wraps = {p.overflow, *(s.overflow for s in p.synapses)} != {"saturate"}
    if p.overflow != "saturate" and (p.form == "relax" or p.saturation == "increment"):
        return None  # a difference may wrap though neither of its ends does
    state = State(
        v=_membranes(p),
        synapses=[_ends(p.size, int_min(s.bits), int_max(s.bits)) for s in p.synapses],
    )
    for k in range(MOST_STEPS):
        before = [state.v, *state.synapses]
        state = _quiet(p, state)
        if state.saturations and wraps:
            return None  # which is not monotone
        after = [state.v, *state.synapses]
        if all(np.array_equal(a, b) for a, b in zip(before, after, strict=True)):
            # Each synaptic state stays where it is within its ends. What it gives need not be what
            # either end gives, so that the membrane may yet go on, one way, a unit a step or more.
            moving = any(np.ptp(i, axis=0).any() for i in state.synapses)
            quiet = 1 + k + (int(np.ptp(state.v, axis=0).max()) if moving else 0)
            return quiet if quiet <= MOST_STEPS else None
    return None


def may_fire(p: Population) -> bool:
    """Tell whether a neuron may fire in a step without an event, of what is left; False is sure.

    The greatest membrane that does not fire, or that a reset leaves, is no greater a step later,
    and so never.
    """
    if p.fire is None:
        return False
    if p.synapses or p.reset.kind != "value" or p.reset.timing != "now" or p.form == "relax":
        return True
    ends = _membranes(p)
    above = np.maximum(ends[1], p.reset.value) > ends[1]
    later = _quiet(p, State(v=ends, synapses=[]))
    return bool(above.any() or later.saturations or (later.v[1] > ends[1]).any())


def _ends(size: int, low: int | IntArray, high: int | IntArray) -> IntArray:
    return np.stack([np.broadcast_to(x, size) for x in (low, high)]).astype(np.int64)


def _membranes(p: Population) -> IntArray:
    """Return the least and the greatest membrane that a step without a spike leaves, (2, size)."""
    low = int_min(p.bits) if p.lower_bound is None else p.lower_bound
    if p.fire is None:
        return _ends(p.size, low, int_max(p.bits))
    return _ends(p.size, low, p.fire.threshold - (p.fire.compare == ">="))


def _quiet(p: Population, state: State) -> State:
    """Return what a quiet step makes of the ends of every state, (2, size) each."""
    after = State(v=state.v, synapses=list(state.synapses))
    step(replace(p, fire=None), after, [np.zeros_like(state.v)] * max(1, len(p.synapses)))
    inputs = []
    for s, was, now in zip(p.synapses, state.synapses, after.synapses, strict=True):
        read = now if s.read == "after" else was
        inputs.append(np.sort(shifted(read * s.gain, -s.gain_shift), axis=0))
    bare = State(v=state.v, synapses=[], saturations=after.saturations)
    step(replace(p, synapses=(), fire=None), bare, inputs or [np.zeros_like(state.v)])
    return State(v=bare.v, synapses=after.synapses, saturations=bare.saturations)
