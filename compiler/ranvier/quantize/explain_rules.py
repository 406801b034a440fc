# SPDX-License-Identifier: Apache-2.0
"""Whether a network's layer follows the rules of the model's: a wrong option tells itself so."""

import numpy as np

from ranvier.ir import Population
from ranvier.nodes import FloatArray, Neurons
from ranvier.qformat import int_min

_RESETS = {"none": "never resets", "value": "resets to a value", "subtract": "subtracts"}


def other_rule(n: Neurons, p: Population, unit: FloatArray, start: FloatArray) -> str:
    """Return in which rule a layer differs on both sides, or nothing.

    Comparisons may differ: integers above t are those at t + 1. A network for a chip may reset at
    once where the model does so before the next update, which is the same.

    Parameters
    ----------
    unit, start
        Real value of one unit of the membrane, and where the model's starts, (size,).
    """
    rule = n.dynamics
    if n.fires and p.fire is not None:
        if p.reset.kind != rule.reset:
            return f"{n.name} {_RESETS[p.reset.kind]} in it; the model's {_RESETS[rule.reset]}"
        at_once = (p.reset.timing, rule.reset_timing) == ("now", "next-membrane")
        same = p.reset.timing == rule.reset_timing or (at_once and rule.reset == "value")
        if rule.reset != "none" and not same:
            return f"{n.name} resets {p.reset.timing} in it; the model's {rule.reset_timing}"
        if p.fire.spikes != rule.spikes:
            often = {"once": "once a step", "floor": "several times a step"}
            return f"{n.name} fires {often[p.fire.spikes]} in it; the model's {often[rule.spikes]}"
    if len(p.synapses) == 1 and n.tau_syn is not None and p.synapses[0].read != rule.synapse_read:
        read = p.synapses[0].read
        return f"{n.name} reads its current {read} the update in it; the model's otherwise"
    return _other_bound(n, p, unit, start)


def _other_bound(n: Neurons, p: Population, unit: FloatArray, start: FloatArray) -> str:
    """Compare lower bounds; one at the very end of a word is none."""
    bound = p.lower_bound if p.lower_bound is not None else np.full(1, int_min(p.bits))
    effective = bool((bound > int_min(p.bits) + 1).any())
    wanted = n.dynamics.lower_bound
    if wanted is None:
        return f"{n.name} has a lower bound in it; the model's none" if effective else ""
    lowest = np.broadcast_to(bound, (p.size,)) * unit + start
    reachable = np.maximum(wanted, int_min(p.bits) * unit + start)
    if (np.abs(lowest - reachable) > unit).any():
        return f"{n.name} has a lower bound of {lowest[0]:.4g} in it; the model's {wanted:.4g}"
    return ""
