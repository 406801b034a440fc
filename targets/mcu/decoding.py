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
    sources = plan.network.decode.sources
    lines = [c for x in sources if x not in plan.resting for c in output_calls(plan, x)]
    if counts_spikes(plan):
        return [*lines, f"    return rv_decode_spikes(s->scores, s->best, s->out_{sources[0]});"]
    n = f"{plan.network.output_size}U"
    summed = plan.network.decode.rule in ("spike-count", "readout-mean")
    lines.append(call(f"rv_decode_{'sum' if summed else 'last'}", "s->scores", "s->out", n))
    multiplier = f"{plan.network.name}_multiplier"
    mask = "0U" if plan.network.decode.multiplier.size == 1 else "0xFFFFU"
    return [*lines, f"    return rv_decode_argmax(s->scores, {n}, {multiplier}, {mask});"]


def output_calls(plan: Plan, population: str) -> list[str]:
    """Return the calls that hand what a population gives to the decoder, if it reads that.

    What a layer gives does not change while it rests, so that they are made when it is run.
    """
    lines, at = [], 0
    for source in plan.network.decode.sources:
        p = next(x for x in plan.populations if x.population.name == source)
        to = "s->out" if at == 0 else f"&s->out[{at}]"
        kernel, value = (f"i{p.word}", "v") if p.out == "none" else (p.out, "out")
        if source == population:
            n = f"{p.population.size}U"
            lines.append(call(f"rv_output_{kernel}", to, f"s->{value}_{source}", n))
        at += p.population.size
    return lines


def counts_spikes(plan: Plan) -> bool:
    """Tell whether the class is that of the one population's neuron that fired most often."""
    d = plan.network.decode
    outs = [p.out for p in plan.populations if p.population.name in d.sources]
    return d.rule == "spike-count" and outs == ["events"] and d.multiplier.tolist() == [1]
