# SPDX-License-Identifier: Apache-2.0
"""A plan as C text: tables, and a list of calls. Kernels are never generated."""

import re
from dataclasses import replace
from functools import cache
from importlib.resources import files

import jinja2
import numpy as np

from ranvier import rvn
from ranvier.ir import CountStage
from ranvier.targets.mcu.ctext import call, indented, table
from ranvier.targets.mcu.decoding import counts_spikes, decode_calls, decode_tables
from ranvier.targets.mcu.encoding import RAW_CTYPE, encode_calls, remembered, taken
from ranvier.targets.mcu.plan import Plan, PopulationPlan
from ranvier.targets.mcu.projections import projection_calls, projection_tables
from ranvier.targets.mcu.tables import (
    encoder_tables,
    population_tables,
    symbol,
)

_PAIRS = "_Alignas(4) int16_t"  # read two at a time
_UNPRINTABLE = re.compile(r"[^A-Za-z0-9 .,:;()+=-]")
_OUT = {"none": "RV_OUT_NONE", "events": "RV_OUT_EVENTS", "counts": "RV_OUT_COUNTS"}


def emit(plan: Plan) -> dict[str, str]:
    """Return the generated sources by file name: the library, and its link descriptor."""
    net = plan.network
    signature = rvn.signature(net)
    context = {
        "net": net.name,
        "upper": net.name.upper(),
        "signature": table(f"{net.name}_sha256", np.frombuffer(signature, np.uint8)),
        "signature_hex": signature.hex(),
        "dt": repr(net.dt),
        "raw_type": RAW_CTYPE[net.encoding.raw][0],
        "type_tag": RAW_CTYPE[net.encoding.raw][2],
        "channels": net.encoding.channels,
        "window": plan.window,
        "raw_per_step": plan.window * net.encoding.channels,
        "outputs": net.output_size,
        "classes": [_comment(name) for name in net.decode.classes],
        "rule": net.decode.rule,
        "members": _members(plan),
        "tables": _tables(plan),
        "calls": _calls(plan),
        "populations": [_descriptor(net.name, p) for p in plan.populations],
    }
    return {
        f"{net.name}.h": _render("net.h.j2", context),
        f"{net.name}.c": _render("net.c.j2", context),
        f"{net.name}_link.c": _render("link.c.j2", context),
    }


def _comment(text: str) -> str:
    """Return `text` as it may stand in a C comment: a class may be called anything."""
    return _UNPRINTABLE.sub("_", text)


@cache
def _environment() -> jinja2.Environment:
    folder = files("ranvier.targets.mcu")
    return jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: folder.joinpath(name).read_text("utf-8")),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _render(template: str, context: dict[str, object]) -> str:
    return _environment().get_template(template).render(context)


def _members(plan: Plan) -> list[tuple[str, str, int, str]]:
    """Return the state's members (C type, name, length, meaning), widest type first."""
    size = plan.network.output_size
    stages = plan.network.encoding.stages
    counted = [plan.widths[k:] for k, s in enumerate(stages) if isinstance(s, CountStage)]
    members = [
        ("int64_t", "scores", size, "what the decoder has summed"),
        ("int32_t", "out", size, "the last step's output"),
    ]
    if counts_spikes(plan):
        members.append(("uint16_t", "best", 1, "the neuron that fired most often"))
    if plan.drive:
        members.append(("int32_t", "drive", plan.drive, "sums of one population's inputs"))
    if plan.sums:
        members.append((_PAIRS, "sums", plan.sums, "the same in 16 bits"))
    if plan.scan:
        members.append(("uint16_t", "input", 1 + plan.inputs, "the input's spikes"))
    elif plan.few:
        words = max(1 + plan.few, plan.inputs)
        members.append(("uint16_t", "input", words, "the input's events, or its values"))
    elif plan.values_in_pairs:
        members.append((_PAIRS, "input", plan.inputs + plan.inputs % 2, "the encoded input"))
    else:
        members.append(("int16_t", "input", plan.inputs, "the encoded input"))
    if not plan.scan and not taken(plan):
        members.append(("int32_t", "work", max(plan.widths), "the encoder's working values"))
    if plan.scratch:
        members.append(("int32_t", "scratch", plan.scratch, "one projection summed apart"))
    if plan.window > 1 and counted:
        size = max(counted[0])
        members.append(("int32_t", "count", size, "the encoder's sum over a window"))
    members += remembered(plan)
    for p in plan.populations:
        n, name = p.population.size, p.population.name
        ctype = _PAIRS if p.in_pairs else f"int{p.word}_t"
        members.append((ctype, f"v_{name}", p.padded, f"membranes of {name}"))
        if p.population.synapses:
            length = n * len(p.population.synapses)
            members.append((f"int{p.word}_t", f"i_{name}", length, f"synaptic states of {name}"))
        if p.out != "none":
            members.append(("uint16_t", f"out_{name}", p.out_words, f"spikes of {name}"))
        if p.history:
            ring = 1 + p.history * p.out_words
            members.append(("uint16_t", f"past_{name}", ring, f"earlier spikes of {name}"))
    if plan.input_history:
        ring = 1 + plan.input_history * plan.inputs
        members.append(("uint16_t", "past_input", ring, "earlier inputs"))
    width = {"int64_t": 0, "int32_t": 1, _PAIRS: 1, "int16_t": 2, "uint16_t": 2}
    return sorted(members, key=lambda m: width[m[0]])


def _tables(plan: Plan) -> list[str]:
    net = plan.network.name
    tables = encoder_tables(plan.network)
    for p in plan.populations:
        tables += projection_tables(net, p) + population_tables(net, p)
    return tables + decode_tables(plan)


def _calls(plan: Plan) -> str:
    lines = encode_calls(plan)
    for p in plan.populations:
        lines.append("")
        lines += _population_calls(plan, p)
    lines.append("")
    lines += _history_calls(plan)
    lines += decode_calls(plan)
    return "\n".join(lines)


def _population_calls(plan: Plan, p: PopulationPlan) -> list[str]:
    if p.few is not None:
        few = indented(_population_calls(plan, p.few))
        many = indented(_population_calls(plan, replace(p, few=None)))
        return ["    if (few != 0U) {", *few, "    } else {", *many, "    }"]
    lines = projection_calls(plan, p)
    name = p.population.name
    synapses = f"s->i_{name}" if p.population.synapses else "NULL"
    out = f"s->out_{name}" if p.out != "none" else "NULL"
    params = f"&{symbol(plan.network.name, 'params', name)}"
    drive = "s->sums" if p.narrow else "s->drive"
    lines.append(call(p.kernel, params, drive, f"s->v_{name}", synapses, out))
    return lines


def _history_calls(plan: Plan) -> list[str]:
    lines = []
    if plan.input_history:
        lines.append(
            call("rv_history_push", "s->past_input", f"{plan.input_history}U", f"{plan.inputs}U",
                 "(const uint16_t *)s->input")
        )  # fmt: skip
    for p in plan.populations:
        if p.history:
            name = p.population.name
            sizes = (f"{p.history}U", f"{p.out_words}U")
            lines.append(call("rv_history_push", f"s->past_{name}", *sizes, f"s->out_{name}"))
    return lines


def _descriptor(net: str, p: PopulationPlan) -> dict[str, str]:
    name = p.population.name
    syn = f"offsetof({net}_state_t, i_{name})" if p.population.synapses else "0U"
    out = f"offsetof({net}_state_t, out_{name})" if p.out != "none" else "0U"
    return {
        "name": name,
        "size": f"{p.population.size}U",
        "n_synapses": f"{len(p.population.synapses)}U",
        "state_bytes": f"{p.word // 8}U",
        "out": _OUT[p.out],
        "v_offset": f"offsetof({net}_state_t, v_{name})",
        "syn_offset": syn,
        "out_offset": out,
    }
