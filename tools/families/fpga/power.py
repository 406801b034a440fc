# SPDX-License-Identifier: Apache-2.0
"""What a placed core is estimated to draw, with its clock always on and in steps alone."""

from dataclasses import asdict, replace
from typing import Any

from ranvier.energy.fpga import NOT_PRICED, Load, Power, average_power, fpga
from ranvier.targets.fpga.part import Part

TERMS = ("static", "clock", "logic", "multiplier")
ASSUMED = (
    "one step each dt, as long as the longest: all its cells and multipliers work in each cycle",
    "always on: the clock never stops, as this design leaves it",
    "in steps alone: somebody stops the clock between steps; this design has nothing that does",
)


def power(where: Part, cells: dict[str, Any], cost: dict[str, Any], dt: float) -> dict[str, Any]:
    """Return the estimate as the manifest has it, in microwatts; without one, why there is none.

    Parameters
    ----------
    cells, cost
        As the manifest has them, the former of ``place``.
    dt
        Of the network, in seconds.
    """
    if not where.energy:
        return {"unit": "uW", "missing": f"no measured coefficients of an {where.chip} were found"}
    c = fpga(where.energy)
    load = Load(
        clock_hz=float(cost["clock_hz"]), cells=cells["lc"]["used"],
        multipliers=cells["dsp"]["used"], cycles=float(cost["cycles_per_step_at_most"]),
        steps_per_s=1 / dt,
    )  # fmt: skip
    in_time = load.duty <= 1
    return {
        "unit": "uW",
        "part": c.part,
        "clock_hz": load.clock_hz,
        "steps_per_s": load.steps_per_s,
        "busy": load.duty,
        "always_on": _range(average_power(load, c)) if in_time else None,
        "in_steps_alone": _range(average_power(replace(load, gated=True), c)) if in_time else None,
        "assumed": list(ASSUMED),
        "not_priced": list(NOT_PRICED),
        "coefficients": {name: asdict(getattr(c, name)) for name in TERMS},
    }


def _range(p: Power) -> dict[str, float]:
    """Return microwatts to four digits: there are not as many in what they are made of."""
    return {k: float(f"{v:.4g}") for k, v in asdict(p).items()}
