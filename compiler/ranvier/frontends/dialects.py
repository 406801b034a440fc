# SPDX-License-Identifier: Apache-2.0
"""Dialects: what each exporter means by the same NIR file, as explicit dynamics.

docs/dialects.md has the source of every row, and how it was checked.
"""

from dataclasses import replace
from typing import Any

from ranvier.errors import RanvierError
from ranvier.frontends.options import ModelOptions
from ranvier.nodes import Dynamics, ResetTiming

# What each framework does unless it is told otherwise.
DIALECTS: dict[str, Dynamics] = {
    # NIR's own equations, forward Euler; a neuron resets in the step in which it fires.
    "nir": Dynamics(),
    "snntorch": Dynamics(
        form="sum", drive="unit", synapse_drive="unit", reset="subtract",
        reset_timing="next-membrane",
    ),
    "snntorch<=0.7": Dynamics(
        form="sum", drive="unit", synapse_drive="unit", reset="subtract",
        reset_timing="next-membrane",
    ),
    "norse": Dynamics(decay="euler-inverse", synapse_drive="unit", start="leak"),
    "sinabs": Dynamics(
        decay="exponential-steps", form="sum", drive="unit", compare=">=", reset="subtract",
        spikes="floor", max_spikes=255,
    ),
    "rockpool": Dynamics(
        decay="exponential", form="sum", drive="unit", synapse_drive="unit",
        synapse_order="add-then-decay", compare=">=", reset="subtract", spikes="floor",
        max_spikes=255,
    ),
    "spikingjelly": Dynamics(compare=">=", start="reset"),
    "spyx": Dynamics(
        form="sum", drive="unit", synapse_drive="unit", reset="subtract",
        reset_timing="next-membrane", emit="next-step",
    ),
}  # fmt: skip
# Where a kind of neuron differs from the rest of its framework.
_EXCEPTIONS: dict[tuple[str, str], dict[str, Any]] = {
    ("norse", "IF"): {"drive": "unit", "start": "reset"},
    ("rockpool", "LI"): {"drive": "kept"},
    # Subtracts from what it stored, before the decay: the spikes of a reset at once.
    ("spyx", "CubaLIF"): {"reset_timing": "now"},
}
DEFAULT = "nir"
# Seconds a step that an exporter writes whatever the network's own step is.
EXPORTED_DT = {"snntorch": 1e-4, "snntorch<=0.7": 1e-4, "spyx": 1.0}


def known(dialect: str) -> str:
    """Return `dialect` if there is one of that name; M008 where not."""
    if dialect not in DIALECTS:
        raise RanvierError(
            "M008",
            f"unknown dialect {dialect!r}",
            loc="--dialect",
            hint=f"known: {', '.join(sorted(DIALECTS))}",
        )
    return dialect


def dynamics(dialect: str, kind: str, recurrent: bool, options: ModelOptions) -> Dynamics:
    """Return the dynamics of one layer.

    Parameters
    ----------
    dialect
        A `known` one.
    kind
        NIR's node type.
    recurrent
        Whether the layer feeds itself.
    options
        What the user said; it overrides the dialect.
    """
    rule = replace(DIALECTS[dialect], **_EXCEPTIONS.get((dialect, kind), {}))
    if options.norm_input is not None:
        if dialect != "sinabs":
            raise RanvierError(
                "M008",
                f"dialect {dialect} has no norm_input",
                loc="--norm-input",
                hint="it is sinabs' question: --dialect sinabs, or leave it out",
            )
        rule = replace(rule, drive="normalised" if options.norm_input else "unit")
    if options.reset is not None:
        rule = replace(rule, reset=options.reset)
    if options.spikes_per_step is not None:
        many = options.spikes_per_step == "many"
        rule = replace(
            rule, spikes="floor" if many else "once", max_spikes=rule.max_spikes if many else 1
        )
        if many and rule.max_spikes == 1:
            rule = replace(rule, max_spikes=255)
    if options.lower_bound is not None:
        rule = replace(rule, lower_bound=options.lower_bound)
    return replace(rule, reset_timing=_timing(dialect, kind, recurrent, rule, options))


def _timing(
    dialect: str, kind: str, recurrent: bool, rule: Dynamics, options: ModelOptions
) -> ResetTiming:
    """Return when a reset takes place.

    In snnTorch ``zero`` is ``v = beta * (1 - r) * v + x`` for a Leaky neuron, but the whole update
    is zeroed for the other classes, and for all of them up to 0.7. There ``subtract`` without a
    current is ``v = beta * (v - r * theta) + x``, which fires as a reset at once does.
    """
    torch, old = dialect.startswith("snntorch"), dialect == "snntorch<=0.7"
    asked = options.reset_timing
    if asked is not None and asked != "next-step":
        return "next-surplus" if torch and not old and asked == "now" else asked
    if not torch:
        late = dialect == "spyx"  # its own rule is one of the next step
        return rule.reset_timing if asked is None or late else "next-membrane"
    if rule.reset == "value" and (kind != "LIF" or recurrent or old):
        return "next-update"
    return "now" if old and rule.reset == "subtract" and kind != "CubaLIF" else "next-membrane"
