# SPDX-License-Identifier: Apache-2.0
"""Decoding as C text: from the output populations to scores and a class."""

import numpy as np

from ranvier.targets.mcu.ctext import call, table
from ranvier.targets.mcu.plan import Plan


def decode_tables(plan: Plan) -> list[str]:
    """Return the tables that the calls read."""
    multiplier = plan.network.decode.multiplier.astype(np.int16)
    return [] if counts_spikes(plan) else [table(f"{plan.network.name}_multiplier", multiplier)]


def decode_calls(plan: Plan) -> list[str]:
    """Return the calls from the last step's output to the class."""
    if counts_spikes(plan):
        (source,) = plan.network.decode.sources
        n = f"{plan.network.output_size}U"
        events = f"s->out_{source}"
        lines = [call("rv_output_events", "s->out", events, n)]
        return [*lines, f"    return rv_decode_spikes(s->scores, s->best, {events});"]
    lines, at = [], 0
    for source in plan.network.decode.sources:
        p = next(x for x in plan.populations if x.population.name == source)
        to = "s->out" if at == 0 else f"&s->out[{at}]"
        kernel, value = (f"i{p.word}", "v") if p.out == "none" else (p.out, "out")
        n = f"{p.population.size}U"
        lines.append(call(f"rv_output_{kernel}", to, f"s->{value}_{source}", n))
        at += p.population.size
    n = f"{at}U"
    summed = plan.network.decode.rule in ("spike-count", "readout-mean")
    lines.append(call(f"rv_decode_{'sum' if summed else 'last'}", "s->scores", "s->out", n))
    multiplier = f"{plan.network.name}_multiplier"
    mask = "0U" if plan.network.decode.multiplier.size == 1 else "0xFFFFU"
    return [*lines, f"    return rv_decode_argmax(s->scores, {n}, {multiplier}, {mask});"]


def counts_spikes(plan: Plan) -> bool:
    """Tell whether the class is that of the one population's neuron that fired most often."""
    d = plan.network.decode
    outs = [p.out for p in plan.populations if p.population.name in d.sources]
    return d.rule == "spike-count" and outs == ["events"] and d.multiplier.tolist() == [1]
