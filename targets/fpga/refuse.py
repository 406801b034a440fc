# SPDX-License-Identifier: Apache-2.0
"""What the Verilog core doesn't execute, said with what would help."""

from ranvier.errors import RanvierError
from ranvier.ir import Population
from ranvier.targets.fpga.plan import FACTOR_BITS, Plan


def too_wide(where: str, what: str, bits: int) -> RanvierError:
    """Return the error for a number of more bits than the core's words."""
    return RanvierError(
        "V002", f"{where}: {what}; the core takes {bits} bits", loc=where,
        hint="quantise with fewer bits, or choose a core of wider words",
    )  # fmt: skip


def check_executable(p: Population, state_bits: int) -> None:
    """Refuse what the core has no hardware for.

    Raises
    ------
    RanvierError
        V001, naming all of it.
    """
    wrong = []
    if p.bits != state_bits or any(s.bits != state_bits for s in p.synapses):
        wrong.append(f"states of {p.bits} bits in a core of {state_bits}")
    if p.overflow != "saturate" or p.saturation != "sum" or p.form != "add":
        wrong.append("an overflow rule of another chip")
    for d in (p.decay, *(s.decay for s in p.synapses)):
        if d.rounding != "floor" or d.min_step:
            wrong.append("decays that round toward zero")
    for s in p.synapses:
        if (s.accumulate, s.order, s.read) != ("exact", "decay-then-add", "after"):
            wrong.append("synaptic states that are read before they are updated")
        if s.drive_gain is not None or s.overflow != "saturate":
            wrong.append("synaptic states of another chip")
        if len(set(s.gain.flat)) != 1 or int(s.gain.flat[0]) < 0:
            wrong.append("synaptic gains of their own")
    if p.lower_bound is not None:
        wrong.append("a lower bound of the membrane")
    if p.refractory:
        wrong.append("refractory periods")
    if p.fire is not None:
        if p.fire.spikes != "once" or p.fire.graded:
            wrong.append("several spikes a step")
        if p.reset.kind == "none" or p.reset.timing != "now":
            wrong.append(f"a reset of kind {p.reset.kind}, {p.reset.timing}")
        if p.reset.kind == "subtract" and int(p.fire.threshold.min()) < 0:
            wrong.append("a negative threshold that is subtracted")
    if wrong:
        raise RanvierError(
            "V001", f"the core doesn't execute {', '.join(dict.fromkeys(wrong))}", loc=p.name,
            hint="a microcontroller does; or quantise with other options",
        )  # fmt: skip


def check_adds(plan: Plan) -> None:
    """Refuse what lanes without a multiplier each can't do.

    Raises
    ------
    RanvierError
        V001, naming the layer that needs one.
    """
    if not plan.adds:
        return
    if plan.value_bits:
        shifts = plan.leak == "shift"
        raise RanvierError(
            "V001",
            f"lanes that {'only shift' if shifts else 'share multipliers'} add spikes, and the"
            f" input has values of {plan.value_bits} bits",
            loc=plan.network.name,
            hint="--leak multiply" if shifts else "fewer --lanes, each with a multiplier",
        )
    if plan.leak == "shift":
        _check_powers(plan)


def _check_powers(plan: Plan) -> None:
    owner = {s.base: s.population for s in plan.swept}
    for row in plan.rows:
        if row.op != "sweep" or not abs(row.factor) & (abs(row.factor) - 1):
            continue
        name = owner.get(row.base, plan.network.name)
        what, wanted = (
            (f"a synaptic gain of {row.factor >> plan.fraction}", "gains of powers of two")
            if row.add
            else (f"a factor of {row.factor} / 2**{FACTOR_BITS}", "decays of 1 - 2**-k")
        )
        raise RanvierError(
            "V001", f"{name} has {what}, which is no shift", loc=name,
            hint=f"--leak multiply; or train with {wanted}",
        )  # fmt: skip
