# SPDX-License-Identifier: Apache-2.0
"""A plan as C text: tables, and a list of calls."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files

import jinja2
import numpy as np

from ranvier import rvn
from ranvier.targets.mcu.ctext import call, indented, table
from ranvier.targets.mcu.decoding import decode_calls, decode_tables, output_calls
from ranvier.targets.mcu.encoding import RAW_CTYPE, encode_calls
from ranvier.targets.mcu.plan import Plan, PopulationPlan
from ranvier.targets.mcu.projections import arrivals, projection_calls, projection_tables
from ranvier.targets.mcu.state import members
from ranvier.targets.mcu.tables import (
    encoder_tables,
    population_tables,
    symbol,
)
from ranvier.targets.mcu.update import CORES, facts, prototype, updates

_UNPRINTABLE = re.compile(r"[^A-Za-z0-9 .,:;()+=-]")
_OUT = {"none": "RV_OUT_NONE", "events": "RV_OUT_EVENTS", "counts": "RV_OUT_COUNTS"}


def emit(plan: Plan) -> dict[str, str]:
    """Return the generated sources by file name: the library, and its link descriptor."""
    net = plan.network
    signature = rvn.signature(net)
    found, own = members(plan), updates(plan)
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
        "step_us": us if (us := round(net.dt * 1e6)) < 1 << 32 else 0,
        "raw_per_step": plan.window * net.encoding.channels,
        "outputs": net.output_size,
        "classes": [comment(name) for name in net.decode.classes],
        "rule": net.decode.rule,
        "members": found,
        "aligned": any(ctype.startswith("_Alignas") for ctype, *_ in found),
        "tables": _tables(plan),
        "updates": [prototype(function, p) for function, p in own.items()],
        "calls": _calls(plan),
        "net_letters": letters(net.name),
        "populations": [_descriptor(net.name, p) for p in plan.populations],
    }
    return {
        f"{net.name}.h": render("net.h.j2", context),
        f"{net.name}.c": render("net.c.j2", context),
        f"{net.name}_link.c": render("link.c.j2", context),
        **{
            f"{function}.c": render("update.c.j2", facts(plan, function, p))
            for function, p in own.items()
        },
    }


def letters(name: str) -> str:
    """Return an identifier as the link sends it: its length, and its letters."""
    return ", ".join([f"{len(name)}U", *(f"'{c}'" for c in name)])


def comment(text: str) -> str:
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


def render(template: str, context: Mapping[str, object]) -> str:
    """Return a template of this folder filled in; a name it lacks is an error."""
    return _environment().get_template(template).render(context)


def _tables(plan: Plan) -> list[str]:
    net = plan.network.name
    tables = encoder_tables(plan.network)
    for p in plan.populations:
        tables += projection_tables(net, p)
        if any(way.kernel not in CORES for way in (p, p.few) if way is not None):
            tables += population_tables(net, p)
    return tables + decode_tables(plan)


def _calls(plan: Plan) -> str:
    lines = encode_calls(plan)
    for p in plan.populations:
        lines.append("")
        lines += _unless_resting(plan, p, _population_calls(plan, p))
    lines.append("")
    lines += _history_calls(plan)
    lines += decode_calls(plan)
    return "\n".join(lines)


def _unless_resting(plan: Plan, p: PopulationPlan, lines: list[str]) -> list[str]:
    """Return `lines` under the condition that a layer does not rest, where it may."""
    if not p.rests:
        return lines
    quiet = f"s->quiet[{plan.resting.index(p.population.name)}]"
    come = [f"{length} != 0U" for length in arrivals(plan, p)]
    heard = come[0] if len(come) == 1 else " || ".join(f"({some})" for some in come)
    fired = f"s->out_{p.population.name}[0] != 0U"
    stirred = [f"    if ({fired}) {{", f"        {quiet} = 0U;", "    }"] if p.stirs else []
    return [
        f"    if ({heard}) {{",
        f"        {quiet} = 0U;",
        "    }",
        f"    if ({quiet} <= {p.rests}U) {{",
        f"        ++{quiet};",
        *indented([*lines, *output_calls(plan, p.population.name), *stirred]),
        "    }",
    ]


def _population_calls(plan: Plan, p: PopulationPlan, kind: str = "update") -> list[str]:
    if p.few is not None:
        few = indented(_population_calls(plan, p.few, "updatefew"))
        many = indented(_population_calls(plan, replace(p, few=None)))
        return ["    if (few != 0U) {", *few, "    } else {", *many, "    }"]
    lines = projection_calls(plan, p)
    name = p.population.name
    synapses = f"s->i_{name}" if p.population.synapses else "NULL"
    out = f"s->out_{name}" if p.out != "none" else "NULL"
    net = plan.network.name
    arguments = ("s->sums" if p.narrow else "s->drive", f"s->v_{name}", synapses, out)
    if p.kernel in CORES:
        return [*lines, call(symbol(net, kind, name), *arguments)]
    return [*lines, call(p.kernel, f"&{symbol(net, 'params', name)}", *arguments)]


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
        "letters": letters(name),
        "size": f"{p.population.size}U",
        "n_synapses": f"{len(p.population.synapses)}U",
        "state_bytes": f"{p.word // 8}U",
        "out": _OUT[p.out],
        "v_offset": f"offsetof({net}_state_t, v_{name})",
        "syn_offset": syn,
        "out_offset": out,
    }
